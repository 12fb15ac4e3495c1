using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.Benchmarks.Race;

/// <summary>
/// A mail server out of a Debian package that is unpacked and not installed, because only one mail server can be. It runs in a mount namespace of its own
/// (unshare(1)), where its users exist and its directories are in ours: nothing of it is seen outside.
/// </summary>
internal sealed class UnpackedServer : IAsyncDisposable
{
    // Where tests/install-contestants.sh puts them. Every user must be able to go there.
    private const string Packages = "/var/cache/outreach-relay/contestants";

    private const int FirstUser = 64_100;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();
    private ChildProcess? _process;

    private UnpackedServer()
    {
    }

    public int Id => _process!.Id;

    /// <summary>The program in its package, or <see langword="null"/> when it is not there.</summary>
    public static string? Find(string program) => Path.Combine(Packages, program) is var path && File.Exists(path) ? path : null;

    /// <summary>Starts the server and waits until it listens.</summary>
    /// <param name="users">To be known to it; the first one owns its spool.</param>
    /// <param name="mounts">Its directories that are to be subdirectories of ours.</param>
    /// <param name="configure">Yields the configuration file's content by the path of our directory.</param>
    /// <param name="command">Starts the server in the foreground; <c>@</c> stands for the configuration file.</param>
    public static async Task<UnpackedServer> StartAsync(
        int port, string[] users, (string Ours, string Theirs)[] mounts, Func<string, string> configure, params string[] command)
    {
        var server = new UnpackedServer();
        try
        {
            await server.LaunchAsync(users, mounts, configure, command);
            await Wait.UntilListeningAsync(port, Deadline, () => $"{command[0]} does not listen:\n{server.Log}");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Signal(Signal.Terminate);
            await _process.WaitForExitAsync(Deadline);
            await _process.DisposeAsync();
        }
        _directory.Dispose();
    }

    private string Log => File.Exists(_directory.Combine("out")) ? File.ReadAllText(_directory.Combine("out")) : "";

    private async Task LaunchAsync(string[] users, (string Ours, string Theirs)[] mounts, Func<string, string> configure, string[] command)
    {
        foreach (var name in (string[])["spool", "log", .. mounts.Select(static mount => mount.Ours)])
            Directory.CreateDirectory(_directory.Combine(name));
        WriteUsers(users);
        await ChildProcess.RunAsync("chown", [$"{FirstUser}:{FirstUser}", _directory.Combine("spool"), _directory.Combine("log")]);
        var configuration = _directory.Combine("server.conf");
        await File.WriteAllTextAsync(configuration, configure(_directory.Path));

        // OpenSMTPD asks for the name of each client, and nothing switches that off; the others do not ask here. So that it finds it in /etc/hosts:
        await File.WriteAllTextAsync(_directory.Combine("resolv.conf"), "lookup file\nnameserver 127.0.0.1\n");
        var binds = mounts.Concat([("passwd", "/etc/passwd"), ("group", "/etc/group"), ("resolv.conf", "/etc/resolv.conf")])
            .Select(mount => $"mount --bind {_directory.Combine(mount.Item1)} {mount.Item2}");
        var script = $"set -e\nmount --make-rprivate /\n{string.Join('\n', binds)}\nexec \"$@\" >{_directory.Combine("out")} 2>&1\n";
        _process = ChildProcess.Start("unshare", ["--mount", "sh", "-c", script, "sh", .. command.Select(word => word == "@" ? configuration : word)]);
    }

    private void WriteUsers(string[] users)
    {
        var numbered = users.Select(static (name, i) => (Name: name, Id: FirstUser + i)).ToList();
        File.WriteAllText(_directory.Combine("passwd"), File.ReadAllText("/etc/passwd") + string.Concat(numbered.Select(static user => $"{user.Name}:x:{user.Id}:{user.Id}::/nonexistent:/usr/sbin/nologin\n")));
        File.WriteAllText(_directory.Combine("group"), File.ReadAllText("/etc/group") + string.Concat(numbered.Select(static user => $"{user.Name}:x:{user.Id}:\n")));
    }
}
