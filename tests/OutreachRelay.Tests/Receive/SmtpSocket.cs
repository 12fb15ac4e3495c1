using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OutreachRelay.Tests.Receive;

/// <summary>A client that says what it is told to say, and leaves as it is told to leave.</summary>
internal sealed class SmtpSocket : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;

    private SmtpSocket(int port)
    {
        _socket.Connect(IPAddress.Loopback, port);
        _stream = new NetworkStream(_socket);
        _reader = new StreamReader(_stream, Encoding.Latin1);
    }

    public string Greeting { get; set; } = "";

    public static Task<SmtpSocket> ConnectAsync(int port) => Task.Run(() => new SmtpSocket(port));

    /// <summary>The last line of the next reply; empty when the connection was closed.</summary>
    public async Task<string> ReadAsync()
    {
        string? line;
        do
            line = await _reader.ReadLineAsync().WaitAsync(Patience);
        while (line is { Length: > 3 } && line[3] == '-');
        return line ?? "";
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> octets) => await _stream.WriteAsync(octets).AsTask().WaitAsync(Patience);

    public async Task<string> AskAsync(string command)
    {
        await SendAsync(command + "\r\n");
        return await ReadAsync();
    }

    /// <summary>Everything up to the 354.</summary>
    public async Task BeginContentAsync(string recipient = "to@y.example")
    {
        await AskAsync("EHLO crm.example");
        await AskAsync("MAIL FROM:<jane@crm.example>");
        await AskAsync($"RCPT TO:<{recipient}>");
        Assert.StartsWith("354", await AskAsync("DATA"));
    }

    /// <summary>Leaves with a RST, as a program that crashed does.</summary>
    public void Break()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
        _socket.Dispose();
    }
}
