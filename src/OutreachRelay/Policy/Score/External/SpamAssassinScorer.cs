using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OutreachRelay.Policy.Score.External;

/// <summary>SpamAssassin's spamd: <c>SYMBOLS</c> over TCP, a connection for each message (spamd/PROTOCOL of its source, version 1.5).</summary>
public sealed class SpamAssassinScorer(IPEndPoint address) : IScorer
{
    private const int MaxAnswer = 64 * 1024;

    public async ValueTask<ScorerReply> AskAsync(ScorerRequest request, CancellationToken cancel)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(address, cancel);
            await using var stream = new NetworkStream(socket, ownsSocket: false);
            var head = string.Create(CultureInfo.InvariantCulture, $"SYMBOLS SPAMC/1.5\r\nContent-length: {request.Content.Length}\r\n\r\n");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head), cancel);
            await stream.WriteAsync(request.Content, cancel);
            socket.Shutdown(SocketShutdown.Send);
            return Read(await BoundedAnswer.ReadAsync(stream, MaxAnswer, cancel));
        }
        catch (SocketException e)
        {
            throw new IOException("no connection", e);
        }
    }

    /// <summary>Reads an answer: a status line, fields of which one is <c>Spam: True ; 15.2 / 5.0</c>, an empty line, the symbols.</summary>
    /// <exception cref="InvalidDataException">It is not an answer, or one that says that something went wrong.</exception>
    internal static ScorerReply Read(ReadOnlySpan<byte> answer)
    {
        var text = Encoding.UTF8.GetString(answer);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var lines = (end < 0 ? text : text[..end]).Split("\r\n");
        if (lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var protocol, var code, ..] || !protocol.StartsWith("SPAMD/", StringComparison.Ordinal))
            throw new InvalidDataException("no answer of spamd");
        if (code != "0")
            throw new InvalidDataException("spamd reports an error");
        foreach (var line in lines)
        {
            if (TryReadSpam(line, out var score, out var limit))
                return new ScorerReply(score, limit, end < 0 ? "" : text[(end + 4)..].Trim());
        }
        throw new InvalidDataException("no score in the answer");
    }

    private static bool TryReadSpam(string line, out double score, out double limit)
    {
        (score, limit) = (0, 0);
        return line.StartsWith("Spam:", StringComparison.OrdinalIgnoreCase)
            && line[5..].Split(';') is [_, var figures]
            && figures.Split('/') is [var own, var least]
            && TryReadNumber(own, out score) && TryReadNumber(least, out limit) && limit > 0;
    }

    private static bool TryReadNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
