using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Peers;

/// <summary>
/// Debian's Postfix with a configuration, queue and data directory of its own, as a smart host on loopback that relays all it gets
/// to one next hop. Needs root, because Postfix changes its user.
/// </summary>
internal sealed class PostfixInstance : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();

    private bool _started;

    private PostfixInstance(int port) => Port = port;

    public int Port { get; }

    /// <summary>The process id of Postfix' master, the parent of its other processes.</summary>
    public int MasterId { get; private set; }

    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string Configuration => _directory.Combine("etc");

    private string LogFile => _directory.Combine("postfix.log");

    /// <param name="nextHopPort">Where everything goes, on loopback.</param>
    /// <param name="settings">Further lines of <c>main.cf</c>.</param>
    public static Task<PostfixInstance> StartAsync(int nextHopPort, params string[] settings) => StartWithSaslAsync(nextHopPort, "", settings);

    /// <param name="sasl">The content of <c>sasl/smtpd.conf</c>.</param>
    public static async Task<PostfixInstance> StartWithSaslAsync(int nextHopPort, string sasl, params string[] settings)
    {
        var postfix = new PostfixInstance(FreePort.Next());
        postfix.WriteConfiguration(await DaemonDirectoryAsync(), nextHopPort, settings);
        // Debian looks for it here, whatever cyrus_sasl_config_path says.
        Directory.CreateDirectory(Path.Combine(postfix.Configuration, "sasl"));
        await File.WriteAllTextAsync(Path.Combine(postfix.Configuration, "sasl", "smtpd.conf"), sasl);
        await ChildProcess.RunAsync("chown", ["postfix", postfix._directory.Combine("lib")]);
        try
        {
            await postfix.CommandAsync("start");
            postfix._started = true;
            await Wait.UntilListeningAsync(postfix.Port, Deadline, () => $"Postfix does not listen:\n{postfix.Log}");
            postfix.MasterId = await postfix.ReadMasterIdAsync();
            return postfix;
        }
        catch
        {
            await postfix.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_started)
            await CommandAsync("stop");
        _directory.Dispose();
    }

    private static async Task<string> DaemonDirectoryAsync()
    {
        var result = await ChildProcess.RunAsync("/usr/sbin/postconf", ["-d", "-h", "daemon_directory"]);
        return result.StandardOutput.Trim();
    }

    private async Task<int> ReadMasterIdAsync()
    {
        // The master keeps this file locked, and File.ReadAllText asks for a lock.
        var result = await ChildProcess.RunAsync("cat", [_directory.Combine("queue/pid/master.pid")]);
        return int.Parse(result.StandardOutput.Trim());
    }

    private async Task CommandAsync(string verb)
    {
        var result = await ChildProcess.RunAsync("/usr/sbin/postfix", ["-c", Configuration, verb], Deadline);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"postfix {verb} ended with {result.ExitCode}:\n{result.Output}\n{Log}");
    }

    private void WriteConfiguration(string daemonDirectory, int nextHopPort, string[] settings)
    {
        foreach (var name in (string[])["etc", "queue", "lib"])
            Directory.CreateDirectory(_directory.Combine(name));
        File.WriteAllText(Path.Combine(Configuration, "main.cf"), $"""
            compatibility_level = 3.6
            queue_directory = {_directory.Combine("queue")}
            data_directory = {_directory.Combine("lib")}
            daemon_directory = {daemonDirectory}
            command_directory = /usr/sbin
            maillog_file = {LogFile}
            maillog_file_prefixes = {_directory.Path}
            myhostname = postfix.example
            mydestination =
            mynetworks = 127.0.0.0/8
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            alias_maps =
            alias_database =
            relayhost = [127.0.0.1]:{nextHopPort}
            smtpd_relay_restrictions = permit_mynetworks, reject
            smtpd_peername_lookup = no
            disable_dns_lookups = yes
            {string.Join('\n', settings)}

            """);
        File.WriteAllText(Path.Combine(Configuration, "master.cf"), $"""
            127.0.0.1:{Port} inet n - n - - smtpd
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            tlsmgr unix - - n 1000? 1 tlsmgr
            proxymap unix - - n - - proxymap
            smtp unix - - n - - smtp
            relay unix - - n - - smtp
            error unix - - n - - error
            retry unix - - n - - error
            discard unix - - n - - discard
            anvil unix - - n - 1 anvil
            scache unix - - n - 1 scache
            postlog unix-dgram n - n - 1 postlogd

            """);
    }
}
