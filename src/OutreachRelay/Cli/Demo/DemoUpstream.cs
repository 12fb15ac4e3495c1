using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Cli.Demo;

/// <summary>A provider made small: takes mail on a loopback port, keeps it in memory, and goes down when told to.</summary>
internal sealed class DemoUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _down = new();
    private readonly Task _accepting;

    public DemoUpstream(string name)
    {
        Name = name;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Name { get; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What was taken: recipient and message.</summary>
    public ConcurrentQueue<(string Recipient, string Message)> Taken { get; } = [];

    /// <summary>Closes the port, and every session at its next command. Whoever has sent a whole mail still gets its reply: in doubt it would wait for longer than a demo.</summary>
    public async Task GoDownAsync()
    {
        _listener.Stop();
        await _down.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await GoDownAsync();
        await _accepting;
        _listener.Dispose();
        _down.Dispose();
    }

    private async Task AcceptAsync()
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
                sessions.Add(ServeAsync(await _listener.AcceptSocketAsync(_down.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        var session = new SmtpServerSession(
            new StreamTransport(PipeReader.Create(stream), PipeWriter.Create(stream)), new SmtpServerOptions { Hostname = Name + ".example" },
            new Mailbag(this), TimeProvider.System);
        await session.RunAsync(_down.Token, CancellationToken.None);
    }

    private sealed record StreamTransport(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Mailbag(DemoUpstream upstream) : ISmtpServerHandler, IContentSink
    {
        private static readonly SmtpReply Ok = new(250, 2, 0, 0, "OK");
        private ArrayBufferWriter<byte> _content = new();
        private string _recipient = "";

        public IBufferWriter<byte> Writer => _content;

        public ValueTask FlushAsync(CancellationToken cancel) => default;

        public ValueTask<SmtpReply> AuthenticateAsync(SmtpCredentials credentials, CancellationToken cancel) =>
            ValueTask.FromResult(new SmtpReply(502, 5, 5, 1, "No authentication here"));

        public ValueTask<SmtpReply> MailAsync(MailCommand command, CancellationToken cancel) => ValueTask.FromResult(Ok);

        public ValueTask<SmtpReply> RcptAsync(RcptCommand command, CancellationToken cancel)
        {
            _recipient = command.Recipient?.ToString() ?? "";
            return ValueTask.FromResult(Ok);
        }

        public IContentSink BeginContent() => this;

        public ValueTask<SmtpReply> EndContentAsync(IContentSink content, CancellationToken cancel)
        {
            upstream.Taken.Enqueue((_recipient, Encoding.UTF8.GetString(_content.WrittenSpan)));
            return ValueTask.FromResult(Ok);
        }

        public void Reset() => _content = new ArrayBufferWriter<byte>();

        // Without TLS there is no second beginning.
        public void StartOver()
        {
        }
    }
}
