using System.Net.Sockets;
using System.Text;

namespace OutreachRelay.FunctionalTests.Peers;

/// <summary>One connection to the sink: commands, replies, content. Answers pipelined commands together.</summary>
internal sealed class SinkSession(SinkServer sink, NetworkStream stream, int number)
{
    private readonly StringBuilder _replies = new();
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private string? _reversePath;
    private List<string> _recipients = [];

    public async Task RunAsync(CancellationToken cancel)
    {
        switch (sink.OnConnect())
        {
            case SinkAction.Drop:
                return;
            case SinkAction.Reply reply:
                Answer(reply.Line);
                await FlushAsync(cancel);
                return;
            default:
                Answer("220 sink.example ESMTP");
                break;
        }
        while (await ReadLineAsync(cancel) is { } line && await CommandAsync(Encoding.Latin1.GetString(line.Span), cancel))
        {
            // The next command.
        }
        await FlushAsync(cancel);
    }

    /// <returns>Whether the session goes on.</returns>
    private async Task<bool> CommandAsync(string command, CancellationToken cancel)
    {
        switch (command.Split(' ', ':')[0].ToUpperInvariant())
        {
            case "EHLO":
                _replies.Append("250-sink.example\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n250-ENHANCEDSTATUSCODES\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n");
                return true;
            case "HELO" or "NOOP":
                return Answer("250 2.0.0 ok");
            case "RSET":
                Reset();
                return Answer("250 2.0.0 ok");
            case "MAIL":
                Reset();
                var reversePath = Path(command);
                return await DecideAsync(sink.OnMail(reversePath), () => _reversePath = reversePath, cancel);
            case "RCPT" when _reversePath is not null:
                var recipient = Path(command);
                return await DecideAsync(sink.OnRecipient(recipient), () => _recipients.Add(recipient), cancel);
            case "DATA" when _recipients.Count > 0:
                Answer("354 go on");
                return await ContentAsync(cancel);
            case "RCPT" or "DATA":
                return Answer("503 5.5.1 not now");
            case "QUIT":
                Answer("221 2.0.0 bye");
                return false;
            default:
                return Answer("500 5.5.2 unknown");
        }
    }

    private async Task<bool> ContentAsync(CancellationToken cancel)
    {
        using var content = new MemoryStream();
        while (true)
        {
            if (await ReadLineAsync(cancel) is not { } line)
                return false;
            if (line.Length == 1 && line.Span[0] == '.')
                break;
            content.Write(line.Span.StartsWith("."u8) ? line.Span[1..] : line.Span);
            content.Write("\r\n"u8);
        }
        var message = new ReceivedMessage(number, _reversePath!, _recipients, content.ToArray());
        Reset();
        var action = sink.OnMessage(message);
        if (action is SinkAction.Drop)
            sink.Record(message);
        return await DecideAsync(action, () => sink.Record(message), cancel);
    }

    /// <summary>Carries out the action; without one, or after its gate, does what a positive reply stands for.</summary>
    private async Task<bool> DecideAsync(SinkAction? action, Action accept, CancellationToken cancel)
    {
        switch (action)
        {
            case SinkAction.Drop:
                return false;
            case SinkAction.Reply reply:
                return Answer(reply.Line);
            case SinkAction.After after:
                await FlushAsync(cancel);
                await after.Gate.WaitAsync(cancel);
                break;
        }
        accept();
        return Answer("250 2.0.0 ok");
    }

    private static string Path(string command)
    {
        var start = command.IndexOf('<') + 1;
        var end = command.IndexOf('>', start);
        return command[start..end];
    }

    private void Reset()
    {
        _reversePath = null;
        _recipients = [];
    }

    private bool Answer(string line)
    {
        _replies.Append(line).Append("\r\n");
        return true;
    }

    private async Task FlushAsync(CancellationToken cancel)
    {
        if (_replies.Length == 0)
            return;
        var octets = Encoding.Latin1.GetBytes(_replies.ToString());
        _replies.Clear();
        await stream.WriteAsync(octets, cancel);
    }

    /// <summary>The next line without its CRLF, valid until the next call; <see langword="null"/> at the end of the stream.</summary>
    private async ValueTask<ReadOnlyMemory<byte>?> ReadLineAsync(CancellationToken cancel)
    {
        var searched = 0;
        while (true)
        {
            var found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf("\r\n"u8);
            if (found >= 0)
            {
                var line = _buffer.AsMemory(_start, searched + found);
                _start += line.Length + 2;
                return line;
            }
            searched = Math.Max(0, _end - _start - 1);
            await FlushAsync(cancel);
            if (!await FillAsync(cancel))
                return null;
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancel)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancel);
        _end += count;
        return count > 0;
    }
}
