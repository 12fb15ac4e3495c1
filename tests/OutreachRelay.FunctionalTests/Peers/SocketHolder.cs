using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Peers;

/// <summary>What systemd is to a socket-activated program: keeps listening sockets open while the programs behind them come and go.</summary>
internal sealed class SocketHolder : IAsyncDisposable
{
    private static readonly string Script = ProjectDirectory.Combine("Peers", "sockets.py");

    private readonly TemporaryDirectory _directory = new();
    private readonly ChildProcess _process;

    private SocketHolder(int[] ports) =>
        _process = ChildProcess.Start("python3", [Script, "hold", Door, .. ports.Select(port => $"{port}")]);

    /// <summary>The beginning of a command line whose rest is started with the sockets.</summary>
    public string[] Wrapper => ["python3", Script, "pass", Door];

    private string Door => _directory.Combine("door");

    public static async Task<SocketHolder> StartAsync(params int[] ports)
    {
        Requires.Program("python3");
        var holder = new SocketHolder(ports);
        await Wait.UntilAsync(() => holder._process.Output.Contains("holding"), TimeSpan.FromSeconds(20), () => $"the ports are not open:\n{holder._process.Output}");
        return holder;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _directory.Dispose();
    }
}
