using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Protocols.Tests.Smtp.Client;

namespace OutreachRelay.Protocols.Tests.Smtp.Server;

/// <summary>A session that offers STARTTLS, with the test as a client that can shake hands.</summary>
internal sealed class TlsConversation : IAsyncDisposable
{
    private const int ReplyBuffer = 64 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly SslStreamCertificateContext Certificate = SslStreamCertificateContext.Create(TestCertificate.For("mx.example"), null, offline: true);

    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly Pipe _toServer = new();
    private readonly Pipe _toClient = new(new PipeOptions(pauseWriterThreshold: ReplyBuffer));
    private readonly Task<SmtpSessionEnd> _running;
    private Stream _stream;
    private Task _flood = Task.CompletedTask;

    public TlsConversation(SmtpServerOptions? options = null, TimeProvider? time = null)
    {
        options ??= SessionUnderTest.Defaults;
        Session = new SmtpServerSession(
            new Ends(_toServer.Reader, _toClient.Writer), options with { AllowPlaintextAuth = false, StartTls = TlsOptions }, Handler, time ?? TimeProvider.System);
        _stream = new DuplexPipeStream(new Ends(_toClient.Reader, _toServer.Writer));
        _running = Task.Run(RunAsync);
    }

    public RecordingHandler Handler { get; } = new();

    public SmtpServerSession Session { get; }

    public int Handshakes { get; private set; }

    public SslProtocols Protocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    public Task<SmtpSessionEnd> EndAsync() => _running.WaitAsync(Patience);

    public void Drain() => _drain.Cancel();

    public void Abort() => _abort.Cancel();

    /// <summary>The greeting and EHLO are behind us.</summary>
    public async Task<string> GreetAsync()
    {
        Assert.StartsWith("220 ", await ReplyAsync());
        return await AskAsync("EHLO client.example");
    }

    public async Task<string> AskAsync(string lines)
    {
        await SendAsync(lines + "\r\n");
        return await ReplyAsync();
    }

    public Task SendAsync(string octets) => _stream.WriteAsync(Encoding.Latin1.GetBytes(octets)).AsTask().WaitAsync(Patience);

    /// <summary>Sends commands without end and takes no reply, until the transport has room for none.</summary>
    public async Task FloodAsync()
    {
        _flood = SendAsync(string.Concat(Enumerable.Repeat("NOOP\r\n", 100_000)));
        var deadline = DateTime.UtcNow + Patience;
        for (var waiting = 0L; waiting < ReplyBuffer; await Task.Yield())
        {
            Assert.True(DateTime.UtcNow < deadline);
            if (!_toClient.Reader.TryRead(out var replies))
                continue;
            waiting = replies.Buffer.Length;
            _toClient.Reader.AdvanceTo(replies.Buffer.Start);
        }
    }

    /// <summary>STARTTLS and the handshake.</summary>
    public async Task EncryptAsync()
    {
        Assert.Equal("220 2.0.0 Ready to start TLS", await AskAsync("STARTTLS"));
        await ShakeHandsAsync();
    }

    public async Task ShakeHandsAsync()
    {
        var tls = new SslStream(_stream);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "mx.example",
            EnabledSslProtocols = Protocols,
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        }).WaitAsync(Patience);
        _stream = tls;
    }

    /// <summary>The next reply, octet by octet, so that nothing of what follows is taken.</summary>
    public async Task<string> ReplyAsync()
    {
        var text = new StringBuilder();
        var octet = new byte[1];
        while (!IsReply(text.ToString()) && await _stream.ReadAsync(octet).AsTask().WaitAsync(Patience) == 1)
            text.Append((char)octet[0]);
        return text.ToString().TrimEnd();
    }

    public async Task CloseAsync()
    {
        await _toServer.Writer.CompleteAsync();
        await EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _flood;
        await CloseAsync();
        Assert.Equal(Handler.Opened, Handler.Resets);
        _drain.Dispose();
        _abort.Dispose();
    }

    private static bool IsReply(string text) =>
        text.EndsWith("\r\n", StringComparison.Ordinal) && text.Split("\r\n")[^2] is not [_, _, _, '-', ..];

    private SslServerAuthenticationOptions TlsOptions()
    {
        Handshakes++;
        return new SslServerAuthenticationOptions { ServerCertificateContext = Certificate };
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
