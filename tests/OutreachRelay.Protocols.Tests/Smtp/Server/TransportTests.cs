using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Smtp.Server;

/// <summary>The session over real sockets, and over transports that break.</summary>
public sealed class TransportTests
{
    private const string Transcript =
        "EHLO client.example\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nSubject: x\r\n\r\n..\r\n.\r\nQUIT\r\n";

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Socket_SentInPieces_IsServed(int piece)
    {
        var handler = new RecordingHandler();
        await using var pair = await Loopback.ConnectAsync();
        var running = pair.ServeAsync(handler);
        var octets = Encoding.ASCII.GetBytes(Transcript);
        for (var i = 0; i < octets.Length; i += piece)
            await pair.Client.SendAsync(octets.AsMemory(i, Math.Min(piece, octets.Length - i)));
        var said = await pair.ReadToEndAsync();
        Assert.EndsWith("250 2.0.0 queued\r\n221 2.0.0 Bye\r\n", said);
        Assert.Equal(SmtpSessionEnd.Quit, await running);
        Assert.Equal("Subject: x\r\n\r\n.\r\n", Assert.Single(handler.Messages).Text);
    }

    [Fact]
    public async Task R28_SocketResetInContent_IsAValue()
    {
        var handler = new RecordingHandler();
        await using var pair = await Loopback.ConnectAsync();
        var running = pair.ServeAsync(handler);
        await pair.Client.SendAsync(Encoding.ASCII.GetBytes("EHLO c\r\nMAIL FROM:<a@client.example>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nSubject"));
        await pair.ReadUntilAsync("354 ");
        pair.Client.LingerState = new LingerOption(true, 0);
        pair.Client.Dispose();
        Assert.Equal(SmtpSessionEnd.Disconnected, await running);
        Assert.Equal((0, 1), (handler.Messages.Count, handler.Resets));
    }

    [Fact]
    public async Task R8_SocketWithALineWithoutEnd_StillHearsTheLastReply()
    {
        await using var pair = await Loopback.ConnectAsync();
        var running = pair.ServeAsync(new RecordingHandler());
        await pair.Client.SendAsync(new byte[10 * 1024 * 1024]);
        pair.Client.Shutdown(SocketShutdown.Send);
        Assert.EndsWith("421 4.5.2 The line has no end\r\n", await pair.ReadToEndAsync());
        Assert.Equal(SmtpSessionEnd.BadInput, await running);
    }

    public static TheoryData<Exception> Breaks() =>
        [new IOException("reset"), new SocketException((int)SocketError.ConnectionReset), new OperationCanceledException(), new ObjectDisposedException("transport")];

    [Theory]
    [MemberData(nameof(Breaks))]
    public async Task BrokenTransport_EndsTheSessionAsAValue(Exception reason)
    {
        var input = new Pipe();
        var output = new Pipe();
        var session = new SmtpServerSession(new Ends(input.Reader, output.Writer), SessionUnderTest.Defaults, new RecordingHandler(), TimeProvider.System);
        var running = session.RunAsync(CancellationToken.None, CancellationToken.None);
        await input.Writer.CompleteAsync(reason);
        Assert.Equal(SmtpSessionEnd.Disconnected, await running.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task GoneReader_EndsTheSessionAsAValue()
    {
        var input = new Pipe();
        var output = new Pipe();
        await output.Reader.CompleteAsync();
        var session = new SmtpServerSession(new Ends(input.Reader, output.Writer), SessionUnderTest.Defaults, new RecordingHandler(), TimeProvider.System);
        var end = await session.RunAsync(CancellationToken.None, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(SmtpSessionEnd.Disconnected, end);
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>Two ends of a connection on loopback; the server's end is read and written as pipes over its stream.</summary>
    private sealed class Loopback(Socket client, Socket server) : IAsyncDisposable
    {
        public Socket Client => client;

        public static async Task<Loopback> ConnectAsync()
        {
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen(1);
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 20_000 };
            await client.ConnectAsync(listener.LocalEndPoint!);
            return new Loopback(client, await listener.AcceptAsync());
        }

        public async Task<SmtpSessionEnd> ServeAsync(RecordingHandler handler)
        {
            await using var stream = new NetworkStream(server, ownsSocket: true);
            var pipe = new Ends(PipeReader.Create(stream), PipeWriter.Create(stream));
            return await new SmtpServerSession(pipe, SessionUnderTest.Defaults, handler, TimeProvider.System)
                .RunAsync(CancellationToken.None, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        }

        public Task<string> ReadToEndAsync() => ReadUntilAsync(null);

        public async Task<string> ReadUntilAsync(string? text)
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            var said = new StringBuilder();
            var buffer = new byte[4096];
            while (text is null || !said.ToString().Contains(text))
            {
                var length = await client.ReceiveAsync(buffer.AsMemory(), deadline.Token);
                if (length == 0)
                    break;
                said.Append(Encoding.ASCII.GetString(buffer, 0, length));
            }
            return said.ToString();
        }

        public ValueTask DisposeAsync()
        {
            client.Dispose();
            server.Dispose();
            return default;
        }
    }
}
