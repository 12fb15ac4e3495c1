using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace OutreachRelay.Protocols.Tests.Smtp.Client;

/// <summary>One connection of a <see cref="ScriptedUpstream"/>.</summary>
internal sealed partial class ScriptedConversation(ScriptedUpstream upstream, Socket socket, CancellationToken stop)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly ScriptedTransport _transport = new(socket);
    private Stream? _tls;
    private int _start;
    private int _end;
    private bool _bytewise;

    private Stream Stream => _tls ?? _transport;

    public async Task PlayAsync(string transcript)
    {
        socket.NoDelay = true;
        var speech = new StringBuilder();
        foreach (var line in transcript.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("S:", StringComparison.Ordinal))
            {
                speech.Append(line[2..].TrimStart()).Append("\r\n");
                continue;
            }
            await SayAsync(speech);
            if (line.StartsWith("C:", StringComparison.Ordinal))
                await ExpectAsync(line[2..].TrimStart());
            else
                await DoAsync(line.TrimStart('!').Trim());
        }
        await SayAsync(speech);
        socket.Close();
    }

    private async Task DoAsync(string direction)
    {
        var (verb, argument) = direction.Split(' ', 2) is [var first, var second] ? (first, second) : (direction, "");
        switch (verb)
        {
            case "chunk": await ReadChunkAsync(int.Parse(argument, CultureInfo.InvariantCulture)); break;
            case "content": await ReadContentAsync(); break;
            case "take": await TakeAsync(int.Parse(argument, CultureInfo.InvariantCulture)); break;
            case "raw": await SayAsync(Encoding.Latin1.GetBytes(Unescape(argument))); break;
            case "pause": break;
            case "hold": _transport.Hold(); break;
            case "release": await _transport.ReleaseAsync(stop); break;
            case "bytewise": _bytewise = true; break;
            case "alone": Check(_start == _end && socket.Available == 0, "the client did not wait for its reply"); break;
            case "tls": await HandshakeAsync(); break;
            case "wait": upstream.Time!.Advance(ParseTime(argument)); break;
            case "silence": await StaySilentAsync(); break;
            case "jam": await Task.Delay(Timeout.Infinite, stop); break;
            case "left": await WaitUntilLeftAsync(); break;
            case "close": socket.Close(); break;
            case "reset": socket.Close(0); break;
            default: throw new InvalidOperationException($"unknown direction: {direction}");
        }
    }

    private async Task ExpectAsync(string expected)
    {
        var line = await ReadLineAsync();
        upstream.Commands.Enqueue(line);
        var same = expected.EndsWith('*') ? line.StartsWith(expected[..^1], StringComparison.Ordinal) : line == expected;
        Check(same, $"expected '{expected}', the client said '{line}'");
    }

    private async Task ReadContentAsync()
    {
        var content = new StringBuilder();
        for (string line; (line = await ReadLineAsync()) != "."; content.Append("\r\n"))
            content.Append(line.StartsWith('.') ? line[1..] : line);
        upstream.Messages.Enqueue(content.ToString());
    }

    private async Task ReadChunkAsync(int octets)
    {
        var content = new StringBuilder();
        for (; content.Length < octets; _start++)
        {
            Check(_start < _end || await FillAsync(), "the client left in the middle of a chunk");
            content.Append((char)_buffer[_start]);
        }
        upstream.Messages.Enqueue(content.ToString());
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (!line.ToString(Math.Max(0, line.Length - 2), Math.Min(2, line.Length)).Equals("\r\n", StringComparison.Ordinal))
        {
            Check(_start < _end || await FillAsync(), $"the client left in the middle of a line: '{line}'");
            var feed = Array.IndexOf(_buffer, (byte)'\n', _start, _end - _start);
            var next = feed < 0 ? _end : feed + 1;
            line.Append(Encoding.Latin1.GetString(_buffer, _start, next - _start));
            _start = next;
        }
        return line.ToString(0, line.Length - 2);
    }

    private async Task TakeAsync(int octets)
    {
        for (; octets > 0; octets--, _start++)
            Check(_start < _end || await FillAsync(), "the client left too early");
    }

    private async Task<bool> FillAsync()
    {
        _start = 0;
        _end = await Stream.ReadAsync(_buffer, stop).AsTask().WaitAsync(ScriptedUpstream.Patience, stop);
        return _end > 0;
    }

    private async Task SayAsync(StringBuilder speech)
    {
        var octets = Encoding.UTF8.GetBytes(speech.ToString());
        speech.Clear();
        await SayAsync(octets);
    }

    private async Task SayAsync(byte[] octets)
    {
        var step = _bytewise ? 1 : Math.Max(1, octets.Length);
        for (var at = 0; at < octets.Length; at += step)
            await Stream.WriteAsync(octets.AsMemory(at, step), stop);
    }

    private async Task HandshakeAsync()
    {
        var tls = new SslStream(Stream);
        _tls = tls;
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = upstream.Certificate }, stop);
    }

    private async Task WaitUntilLeftAsync()
    {
        try
        {
            do
            {
                upstream.Ignored.Enqueue(Encoding.Latin1.GetString(_buffer, _start, _end - _start));
                _start = _end;
            }
            while (await FillAsync());
        }
        catch (IOException)
        {
            // Left by a reset.
        }
    }

    private async Task StaySilentAsync()
    {
        var left = WaitUntilLeftAsync();
        var deadline = TimeProvider.System.GetTimestamp();
        while (await Task.WhenAny(left, Task.Delay(5, stop)) != left)
        {
            Check(TimeProvider.System.GetElapsedTime(deadline) < ScriptedUpstream.Patience, "the client stays for ever");
            upstream.Time!.Advance(TimeSpan.FromSeconds(2));
        }
    }

    private static TimeSpan ParseTime(string text) =>
        TimeSpan.FromSeconds(int.Parse(text[..^1], CultureInfo.InvariantCulture) * (text[^1] == 'm' ? 60 : 1));

    private static string Unescape(string text) => Escape().Replace(text, match => match.Value[1] switch
    {
        'r' => "\r",
        'n' => "\n",
        '0' => "\0",
        'x' => ((char)Convert.ToByte(match.Value[2..], 16)).ToString(),
        var c => c.ToString(),
    });

    [GeneratedRegex(@"\\(x[0-9A-Fa-f]{2}|.)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Escape();

    private static void Check(bool condition, string problem)
    {
        if (!condition)
            throw new InvalidOperationException(problem);
    }
}
