using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Score;

/// <summary>rspamd or SpamAssassin's spamd on loopback, with a configuration of its own and without network.</summary>
internal sealed class ScorerPeer : IAsyncDisposable
{
    // rspamd compiles its expressions first.
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = FreePort.Next();
    private ChildProcess _process = null!;

    private ScorerPeer(string type) => Type = type;

    public string Type { get; }

    /// <summary>Its table in the relay's configuration.</summary>
    public string Table => $"[[score.external]]\ntype = \"{Type}\"\naddress = \"127.0.0.1:{_port}\"\ntimeout = \"30s\"\non_error = \"refuse\"\n";

    /// <param name="type"><c>rspamd</c> or <c>spamassassin</c>.</param>
    public static async Task<ScorerPeer> StartAsync(string type)
    {
        Requires.Program(type == "rspamd" ? "rspamd" : "spamd");
        var peer = new ScorerPeer(type);
        peer._process = type == "rspamd" ? await peer.StartRspamdAsync() : await peer.StartSpamdAsync();
        await Wait.UntilListeningAsync(peer._port, StartDeadline, () => peer._process.Output);
        return peer;
    }

    /// <summary>Ends it and its workers, which a kill would leave behind.</summary>
    public async Task StopAsync()
    {
        if (_process.HasExited)
            return;
        _process.Signal(Signal.Terminate);
        await _process.WaitForExitAsync(StopDeadline);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _process.DisposeAsync();
        _directory.Dispose();
    }

    private async Task<ChildProcess> StartRspamdAsync()
    {
        await File.WriteAllTextAsync(_directory.Combine("rspamd.conf"), $$"""
            options {
              local_addrs = ["127.0.0.1"];
              filters = "";
              dns { nameserver = ["127.0.0.1:9"]; timeout = 0.1s; retransmits = 1; }
              url_tld = "/usr/share/rspamd/effective_tld_names.dat";
              pidfile = "{{_directory.Combine("rspamd.pid")}}";
            }
            logging { type = "console"; level = "warning"; }
            actions { reject = 15; add_header = 6; greylist = 4; }
            worker { type = "normal"; bind_socket = "127.0.0.1:{{_port}}"; count = 1; }
            """);
        return ChildProcess.Start("rspamd",
            ["-f", "-i", "-c", _directory.Combine("rspamd.conf"), $"--var=DBDIR={_directory.Path}", $"--var=RUNDIR={_directory.Path}"]);
    }

    private async Task<ChildProcess> StartSpamdAsync()
    {
        await File.WriteAllTextAsync(_directory.Combine("local.cf"), "use_bayes 0\n");
        foreach (var plugins in Directory.GetFiles("/etc/spamassassin", "*.pre"))
            File.Copy(plugins, _directory.Combine(Path.GetFileName(plugins)));
        return ChildProcess.Start("/usr/sbin/spamd",
            ["--listen", "127.0.0.1", "--port", $"{_port}", "--local", "--nouser-config", "--siteconfigpath", _directory.Path,
             "--configpath", "/usr/share/spamassassin", "--max-children", "1", "--min-children", "1", "--pidfile", _directory.Combine("spamd.pid"),
             "--helper-home-dir", _directory.Path, "--username", "nobody"]);
    }
}
