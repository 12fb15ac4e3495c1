using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Peers;

/// <summary>A TCP load balancer on loopback in front of relays, with Debian's packages and a configuration of its own.</summary>
internal sealed class Balancer : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly TemporaryDirectory _directory = new();
    private ChildProcess? _process;

    public int Port { get; } = FreePort.Next();

    /// <summary>nginx with its stream module: a relay that refuses a connection is passed over for a moment.</summary>
    public static Task<Balancer> StartNginxAsync(bool proxyProtocol, params IReadOnlyList<RelayProcess> relays)
    {
        Requires.Program("nginx");
        var balancer = new Balancer();
        var configuration = balancer.Write($$"""
            load_module /usr/lib/nginx/modules/ngx_stream_module.so;
            daemon off;
            master_process off;
            pid {{balancer._directory.Combine("pid")}};
            error_log stderr;
            events { worker_connections 4096; }
            stream {
                upstream relays {
                    {{string.Join('\n', relays.Select(relay => $"server 127.0.0.1:{relay.Port} fail_timeout=1s;"))}}
                }
                server {
                    listen 127.0.0.1:{{balancer.Port}};
                    proxy_pass relays;
                    proxy_protocol {{(proxyProtocol ? "on" : "off")}};
                    proxy_connect_timeout 2s;
                }
            }
            """);
        return balancer.StartAsync("/usr/sbin/nginx", ["-p", balancer._directory.Path, "-e", "stderr", "-c", configuration]);
    }

    /// <summary>HAProxy, which asks each relay's <c>/readyz</c> whether it may have more.</summary>
    public static Task<Balancer> StartHaproxyAsync(bool proxyProtocol, params IReadOnlyList<RelayProcess> relays)
    {
        Requires.Program("haproxy");
        var balancer = new Balancer();
        var servers = relays.Select((relay, i) =>
            $"    server relay{i} 127.0.0.1:{relay.Port} check port {relay.HttpPort} {(proxyProtocol ? "send-proxy-v2" : "")}");
        var configuration = balancer.Write($"""
            global
                nbthread 1
            defaults
                mode tcp
                timeout connect 2s
                timeout client 10m
                timeout server 10m
                option redispatch 1
            listen smtp
                bind 127.0.0.1:{balancer.Port}
                option httpchk GET /readyz
                http-check expect status 200
                default-server inter 200ms fall 1 rise 1
            {string.Join('\n', servers)}

            """);
        return balancer.StartAsync("/usr/sbin/haproxy", ["-db", "-f", configuration]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _directory.Dispose();
    }

    private string Write(string configuration)
    {
        var path = _directory.Combine("balancer.conf");
        File.WriteAllText(path, configuration);
        return path;
    }

    private async Task<Balancer> StartAsync(string program, string[] arguments)
    {
        _process = ChildProcess.Start(program, arguments);
        try
        {
            await Wait.UntilListeningAsync(Port, Deadline, () => $"{program} does not listen:\n{_process.Output}");
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }
}
