using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Peers;

/// <summary>Debian's <c>smtp-sink</c>, which writes each message with its envelope to a file.</summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ChildProcess _process;

    private SmtpSink(int port)
    {
        Port = port;
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_111_111);
        string[] user = System.Environment.IsPrivilegedProcess ? ["-u", "nobody"] : [];
        _process = ChildProcess.Start("/usr/sbin/smtp-sink", [.. user, "-d", _directory.Combine("mail."), $"127.0.0.1:{port}", "100"]);
    }

    public int Port { get; }

    public static async Task<SmtpSink> StartAsync()
    {
        var sink = new SmtpSink(FreePort.Next());
        await Wait.UntilListeningAsync(sink.Port, TimeSpan.FromSeconds(10), () => $"smtp-sink does not listen:\n{sink._process.Output}");
        return sink;
    }

    /// <summary>What came so far: <c>X-Mail-Args</c> and <c>X-Rcpt-Args</c> lines, then the content, with bare line feeds.</summary>
    public IReadOnlyList<string> Dumps() =>
        [.. Directory.GetFiles(_directory.Path, "mail.*").Select(File.ReadAllText).Where(text => text.Contains("X-Rcpt-Args"))];

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _directory.Dispose();
    }
}
