using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace OutreachRelay.FunctionalTests.Load;

/// <summary>A reply: its code and all its lines.</summary>
internal sealed record Reply(int Code, string Text)
{
    public bool IsPositive => Code is >= 200 and < 300;

    public bool IsTransient => Code is >= 400 and < 500;

    /// <summary>From <c>250 2.0.0 queued as ID</c>.</summary>
    public string QueueId => Text.Trim().Split(' ')[^1];
}

/// <summary>A bare SMTP client for tests: writes what it is told, reads replies.</summary>
internal sealed class SmtpConversation : IAsyncDisposable
{
    private static readonly TimeSpan ReplyDeadline = TimeSpan.FromSeconds(30);

    private readonly TcpClient _client;
    private Stream _stream;
    private StreamReader _reader;

    private SmtpConversation(TcpClient client)
    {
        _client = client;
        _stream = client.GetStream();
        _reader = new StreamReader(_stream, Encoding.Latin1);
    }

    /// <summary>Whether the final dot was sent and no reply has come: nobody knows what became of the message.</summary>
    public bool IsInDoubt { get; private set; }

    /// <summary>Connects, reads the greeting and says EHLO.</summary>
    /// <param name="source">Our own address, of 127.0.0.0/8; by default 127.0.0.1.</param>
    /// <exception cref="IOException">Nobody listens, or the server refused.</exception>
    public static async Task<SmtpConversation> ConnectAsync(int port, string? source = null)
    {
        var conversation = await OpenAsync(port, source is null ? null : IPAddress.Parse(source));
        if (await conversation.ReadReplyAsync() is { IsPositive: true } && await conversation.SendAsync("EHLO crm.example") is { IsPositive: true })
            return conversation;
        await conversation.DisposeAsync();
        throw new IOException("The server did not greet.");
    }

    /// <summary>Connects and does no more.</summary>
    /// <exception cref="IOException">Nobody listens.</exception>
    /// <param name="from">The client's own address; by default 127.0.0.1.</param>
    public static async Task<SmtpConversation> OpenAsync(int port, IPAddress? from = null)
    {
        var client = new TcpClient(new IPEndPoint(from ?? IPAddress.Loopback, 0)) { NoDelay = true };
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return new SmtpConversation(client);
        }
        catch (SocketException e)
        {
            client.Dispose();
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Shakes hands, and trusts whatever certificate there is.</summary>
    /// <returns>The server's certificate.</returns>
    public async Task<X509Certificate2> EncryptAsync()
    {
        using var deadline = new CancellationTokenSource(ReplyDeadline);
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "127.0.0.1", RemoteCertificateValidationCallback = (_, _, _, _) => true }, deadline.Token);
        _stream = tls;
        _reader = new StreamReader(tls, Encoding.Latin1);
        return X509CertificateLoader.LoadCertificate(tls.RemoteCertificate!.GetRawCertData());
    }

    /// <summary>Sends octets and waits for nothing.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancel = default) => _stream.WriteAsync(octets, cancel);

    /// <summary>What the server still says until it closes.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var deadline = new CancellationTokenSource(ReplyDeadline);
        try
        {
            return await _reader.ReadToEndAsync(deadline.Token);
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Submits one message on a connection of its own.</summary>
    public static async Task<Reply> SubmitAsync(int port, TestMessage message)
    {
        await using var conversation = await ConnectAsync(port);
        return await conversation.SubmitAsync(message);
    }

    /// <summary>Sends one command line and reads its reply.</summary>
    public async Task<Reply> SendAsync(string command)
    {
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(command + "\r\n"));
        return await ReadReplyAsync();
    }

    /// <summary>Submits one message in one transaction; the first reply that is not positive is the result, else that to the final dot.</summary>
    public async Task<Reply> SubmitAsync(TestMessage message)
    {
        foreach (var command in (string[])[$"MAIL FROM:<{TestMessage.Author}>", $"RCPT TO:<{message.Recipient}>"])
        {
            if (await SendAsync(command) is { IsPositive: false } refused)
                return refused;
        }
        if (await SendAsync("DATA") is { Code: not 354 } noData)
            return noData;
        return await FinishAsync(message);
    }

    /// <summary>After 354: sends the content and the final dot.</summary>
    public async Task<Reply> FinishAsync(TestMessage message)
    {
        await _stream.WriteAsync(message.Content);
        IsInDoubt = true;
        var reply = await SendAsync(".");
        IsInDoubt = false;
        return reply;
    }

    /// <exception cref="IOException">The connection ended.</exception>
    public async Task<Reply> ReadReplyAsync()
    {
        using var deadline = new CancellationTokenSource(ReplyDeadline);
        var text = new StringBuilder();
        while (true)
        {
            var line = await ReadLineAsync(deadline.Token);
            text.Append(line).Append('\n');
            if (line.Length == 3 || line[3] == ' ')
                return new Reply(int.Parse(line.AsSpan(0, 3)), text.ToString());
        }
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string> ReadLineAsync(CancellationToken cancel)
    {
        try
        {
            return await _reader.ReadLineAsync(cancel) is { Length: >= 3 } line ? line : throw new IOException("The connection ended.");
        }
        catch (OperationCanceledException e)
        {
            throw new IOException("No reply in time.", e);
        }
    }
}
