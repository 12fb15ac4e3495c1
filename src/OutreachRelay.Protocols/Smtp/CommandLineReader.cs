using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>What is wrong with a line that was read.</summary>
internal enum CommandLineDefect { None, BareLf, TooLong, Endless }

/// <summary>Takes command lines from the transport, one at a time. Replies are flushed only when no complete line is at hand (RFC 2920 §3.2).</summary>
internal sealed class CommandLineReader(SmtpServerTransport transport, SmtpServerOptions options)
{
    private byte[] _line = new byte[256];
    private int _length;
    private long _drained;

    /// <summary>The line last read, without its end; until the next read.</summary>
    public ReadOnlySpan<byte> Line => _line.AsSpan(0, _length);

    /// <summary>Why <see cref="Line"/> is not to be used, if so. The line was read to its end, unless it is endless.</summary>
    public CommandLineDefect Defect { get; private set; }

    /// <summary>Whether the line is, or was before it grew too long, an AUTH command or a response in its exchange.</summary>
    public bool IsAuth { get; private set; }

    /// <param name="deadline">Timestamp by which the whole line must be here.</param>
    /// <param name="isAuthResponse">Whether the line belongs to an authentication exchange, and may be as long as AUTH itself.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SmtpServerWait> ReadAsync(long deadline, bool isAuthResponse = false)
    {
        Defect = CommandLineDefect.None;
        IsAuth = isAuthResponse;
        _drained = 0;
        var wait = transport.MustFlush ? await transport.FlushAsync() : SmtpServerWait.Ready;
        if (wait == SmtpServerWait.Ready)
        {
            wait = transport.TryRead(SmtpServerTransport.Awaited.Command, out var hasRead);
            if (hasRead && TryTake())
                return wait;
        }
        while (wait == SmtpServerWait.Ready && (wait = await transport.FlushAsync()) == SmtpServerWait.Ready)
        {
            wait = await transport.ReadAsync(SmtpServerTransport.Awaited.Command, deadline);
            if (wait == SmtpServerWait.Ready && TryTake())
                break;
            if (wait == SmtpServerWait.Ready && transport.IsCompleted)
                return SmtpServerWait.Disconnected;
        }
        return wait;
    }

    /// <summary>Overwrites the line, when it held a secret.</summary>
    public void Erase() => CryptographicOperations.ZeroMemory(_line);

    private bool TryTake()
    {
        var buffer = transport.Buffer;
        if (_drained == 0)
            IsAuth |= BeginsWithAuth(buffer);
        var limit = IsAuth ? options.MaxAuthLine : options.MaxCommandLine;
        if (buffer.PositionOf((byte)'\n') is not { } lineFeed)
            return TakeUnended(buffer, limit);
        var line = buffer.Slice(0, buffer.GetPosition(1, lineFeed));
        if (_drained + line.Length > limit)
            Defect = CommandLineDefect.TooLong;
        else
            Copy(line);
        transport.Advance(line.End);
        return true;
    }

    // A line that is already too long is consumed as it comes: the transport holds no more than its own limit.
    private bool TakeUnended(ReadOnlySequence<byte> buffer, int limit)
    {
        if (_drained == 0 && buffer.Length < limit)
        {
            transport.Advance(buffer.Start, buffer.End);
            return false;
        }
        _drained += buffer.Length;
        transport.Advance(buffer.End);
        if (_drained <= options.MaxDrainedLine)
            return false;
        Defect = CommandLineDefect.Endless;
        return true;
    }

    private void Copy(ReadOnlySequence<byte> line)
    {
        _length = (int)line.Length;
        if (_line.Length < _length)
        {
            Erase();
            _line = new byte[Math.Max(_length, _line.Length * 2)];
        }
        line.CopyTo(_line);
        if (_length >= 2 && _line[_length - 2] == '\r')
            _length -= 2;
        else
            Defect = CommandLineDefect.BareLf;
    }

    private static bool BeginsWithAuth(ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < 5)
            return false;
        Span<byte> verb = stackalloc byte[5];
        buffer.Slice(0, 5).CopyTo(verb);
        return Ascii.EqualsIgnoreCase(verb, "AUTH "u8);
    }
}
