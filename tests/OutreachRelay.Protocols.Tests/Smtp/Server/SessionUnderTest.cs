using System.IO.Pipelines;
using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Smtp.Server;

/// <summary>A server session with the test as its client, over two pipes in memory. Text stands for octets, one character each (Latin-1).</summary>
internal sealed class SessionUnderTest : IAsyncDisposable
{
    public static readonly SmtpServerOptions Defaults = new() { Hostname = "mx.example", OfferAuth = true };

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Pipe _toServer;
    private readonly WatchedReader _input;
    private readonly WatchedWriter _output;
    private readonly Pipe _toClient;
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly Task<SmtpSessionEnd> _running;
    private readonly StringBuilder _received = new();

    /// <param name="isOctetwise">Whether sending waits until the session has seen what was sent; octet by octet if it is sent so.</param>
    /// <param name="replyBuffer">Octets of replies that the transport takes before it makes the session wait.</param>
    public SessionUnderTest(
        SmtpServerOptions? options = null, RecordingHandler? handler = null, TimeProvider? time = null, bool isOctetwise = false, int replyBuffer = 65536)
    {
        Handler = handler ?? new RecordingHandler();
        _toServer = new Pipe(isOctetwise ? new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1) : PipeOptions.Default);
        _toClient = new Pipe(new PipeOptions(pauseWriterThreshold: replyBuffer, resumeWriterThreshold: replyBuffer / 2));
        _input = new WatchedReader(_toServer.Reader);
        _output = new WatchedWriter(_toClient.Writer);
        Session = new SmtpServerSession(new Ends(_input, _output), options ?? Defaults, Handler, time ?? TimeProvider.System);
        _running = Task.Run(RunAsync);
    }

    public RecordingHandler Handler { get; }

    /// <summary>How often replies were sent.</summary>
    public int Flushes => _output.Flushes;

    public SmtpServerSession Session { get; }

    public Task<SmtpSessionEnd> EndAsync() => _running.WaitAsync(Patience);

    public void Drain() => _drain.Cancel();

    public void Abort() => _abort.Cancel();

    /// <summary>Returns when the session waits for input, or is over.</summary>
    public async Task RestAsync()
    {
        var deadline = DateTime.UtcNow + Patience;
        while (!_input.IsAwaited && !_running.IsCompleted)
        {
            Assert.True(DateTime.UtcNow < deadline);
            await Task.Yield();
        }
    }

    public Task SendAsync(string octets) => SendAsync(Encoding.Latin1.GetBytes(octets));

    /// <summary>Returns when the octets are in the transport; there may be nobody left to read them.</summary>
    public async Task SendAsync(byte[] octets) => await _toServer.Writer.WriteAsync(octets).AsTask().WaitAsync(Patience);

    public async Task SendOctetwiseAsync(string octets)
    {
        foreach (var octet in Encoding.Latin1.GetBytes(octets))
            await SendAsync([octet]);
    }

    /// <summary>Sends a line and takes the reply to it.</summary>
    public async Task<string> AskAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await ReplyAsync();
    }

    /// <summary>The next reply, all its lines, without the last line end.</summary>
    public async Task<string> ReplyAsync()
    {
        var lines = new List<string>();
        do
            lines.Add(await LineAsync());
        while (lines[^1] is [_, _, _, '-', ..]);
        return string.Join('\n', lines);
    }

    /// <summary>The next line of a reply; empty at the end.</summary>
    public async Task<string> LineAsync()
    {
        while (true)
        {
            var text = _received.ToString();
            if (text.IndexOf("\r\n", StringComparison.Ordinal) is >= 0 and var end)
            {
                _received.Remove(0, end + 2);
                return text[..end];
            }
            if (!await ReceiveAsync())
                return text;
        }
    }

    /// <summary>Closes the client's side and takes what the session still says.</summary>
    public async Task<string> CloseAsync()
    {
        await _toServer.Writer.CompleteAsync();
        while (await ReceiveAsync())
        {
        }
        await EndAsync();
        return _received.ToString();
    }

    /// <summary>The greeting and EHLO are behind us.</summary>
    public static async Task<SessionUnderTest> GreetedAsync(
        SmtpServerOptions? options = null, RecordingHandler? handler = null, TimeProvider? time = null, bool isOctetwise = false)
    {
        var session = new SessionUnderTest(options, handler, time, isOctetwise || time is not null);
        Assert.StartsWith("220 ", await session.ReplyAsync());
        Assert.StartsWith("250-", await session.AskAsync("EHLO client.example"));
        return session;
    }

    /// <summary>As far as 354.</summary>
    public static async Task<SessionUnderTest> InContentAsync(
        SmtpServerOptions? options = null, RecordingHandler? handler = null, TimeProvider? time = null, bool isOctetwise = false)
    {
        var session = await GreetedAsync(options, handler, time, isOctetwise);
        await session.OpenAsync();
        Assert.StartsWith("354 ", await session.AskAsync("DATA"));
        return session;
    }

    public async Task OpenAsync()
    {
        Assert.StartsWith("250 ", await AskAsync("MAIL FROM:<a@client.example>"));
        Assert.StartsWith("250 ", await AskAsync("RCPT TO:<b@example.org>"));
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Assert.Equal(Handler.Opened, Handler.Resets);
        _drain.Dispose();
        _abort.Dispose();
    }

    private async Task<bool> ReceiveAsync()
    {
        var result = await _toClient.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        _received.Append(Encoding.Latin1.GetString(result.Buffer));
        var isOver = result.IsCompleted && result.Buffer.IsEmpty;
        _toClient.Reader.AdvanceTo(result.Buffer.End);
        return !isOver;
    }

    private async Task<SmtpSessionEnd> RunAsync()
    {
        try
        {
            return await Session.RunAsync(_drain.Token, _abort.Token);
        }
        finally
        {
            await _toServer.Reader.CompleteAsync();
            await _toClient.Writer.CompleteAsync();
        }
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
