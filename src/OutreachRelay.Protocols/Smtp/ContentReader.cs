using System.Buffers;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>Why content is refused.</summary>
internal enum ContentDefect { None, Empty, BareCr, BareLf, Nul, LineTooLong, TooBig }

/// <summary>
/// Finds the end of content and undoes dot-stuffing (RFC 5321 §4.5.2), resumable at every octet. Only CRLF.CRLF, or .CRLF at the very start,
/// is the end (§4.1.1.4); a bare CR or LF (§2.3.8) never is part of it. After the first defect it only looks for the end.
/// </summary>
/// <param name="isChunked">Dots mean nothing, and the end is told by <see cref="EndChunks"/> (RFC 3030 §2); all else is the same.</param>
internal sealed class ContentReader(long maxSize, int maxLineLength, bool isChunked = false)
{
    private const byte Cr = (byte)'\r';
    private const byte Lf = (byte)'\n';
    private const byte Nul = 0;

    private enum State { LineStart, Dot, DotCr, InLine, InLineCr }

    private State _state;
    private long _lineLength;

    /// <summary>The first thing that is wrong with the content.</summary>
    public ContentDefect Defect { get; private set; }

    /// <summary>The line, counted from 1, in which <see cref="Defect"/> was found.</summary>
    public long DefectLine { get; private set; }

    /// <summary>The line that is being read, counted from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>Octets written so far.</summary>
    public long Size { get; private set; }

    /// <summary>Octets read since the content is known to be refused.</summary>
    public long Drained { get; private set; }

    /// <summary>Reads on, and writes what is content.</summary>
    /// <param name="consumed">How far it came: all of <paramref name="buffer"/>, or just behind the end of data.</param>
    /// <returns><see langword="true"/> when the end of data was found.</returns>
    public bool Read(in ReadOnlySequence<byte> buffer, IBufferWriter<byte> writer, out SequencePosition consumed)
    {
        var offset = 0L;
        foreach (var segment in buffer)
        {
            var isRefused = Defect != ContentDefect.None;
            var isEnd = ReadSegment(segment.Span, writer, out var used);
            offset += used;
            if (isRefused)
                Drained += used;
            if (isEnd)
            {
                consumed = buffer.GetPosition(offset);
                return true;
            }
        }
        consumed = buffer.End;
        return false;
    }

    /// <summary>The last chunk was read. A last line without an end gets one: it leaves through DATA, which knows no other.</summary>
    public void EndChunks(IBufferWriter<byte> writer)
    {
        if (_state == State.InLineCr)
            Refuse(ContentDefect.BareCr);
        else if (_state == State.InLine)
            Write(writer, "\r\n"u8);
        else if (Size == 0)
            Refuse(ContentDefect.Empty);
    }

    // Octets wait from `start` on and are written in one piece: before a stuffed dot, and at the end of the segment.
    private bool ReadSegment(ReadOnlySpan<byte> octets, IBufferWriter<byte> writer, out int used)
    {
        var start = 0;
        var i = 0;
        while (i < octets.Length)
        {
            switch (_state)
            {
                case State.LineStart when octets[i] == '.' && !isChunked:
                    Write(writer, octets[start..i]);
                    start = ++i;
                    _state = State.Dot;
                    break;
                case State.Dot when octets[i] == Cr:
                    // Held back: with LF it is the end of data; without, it is a bare CR, and nothing is written any more.
                    start = ++i;
                    _state = State.DotCr;
                    break;
                case State.DotCr when octets[i] == Lf:
                    used = i + 1;
                    _state = State.LineStart;
                    if (Size == 0)
                        Refuse(ContentDefect.Empty);
                    return true;
                case State.InLineCr when octets[i] == Lf:
                    i++;
                    EndLine();
                    break;
                case State.DotCr or State.InLineCr:
                    Refuse(ContentDefect.BareCr);
                    _state = State.InLine;
                    break;
                default:
                    i += ReadInLine(octets[i..]);
                    break;
            }
        }
        Write(writer, octets[start..]);
        used = octets.Length;
        return false;
    }

    // Up to and with the next CRLF, or what is in its place.
    private int ReadInLine(ReadOnlySpan<byte> octets)
    {
        _state = State.InLine;
        var length = octets.IndexOfAny(Cr, Lf, Nul);
        if (length < 0)
        {
            Lengthen(octets.Length);
            return octets.Length;
        }
        Lengthen(length);
        if (octets[length] != Cr)
        {
            Refuse(octets[length] == Lf ? ContentDefect.BareLf : ContentDefect.Nul);
            Lengthen(1);
            return length + 1;
        }
        if (length + 1 < octets.Length && octets[length + 1] == Lf)
        {
            EndLine();
            return length + 2;
        }
        _state = State.InLineCr;
        return length + 1;
    }

    private void EndLine()
    {
        _state = State.LineStart;
        _lineLength = 0;
        Line++;
    }

    private void Lengthen(int octets)
    {
        _lineLength += octets;
        if (_lineLength > maxLineLength)
            Refuse(ContentDefect.LineTooLong);
    }

    private void Refuse(ContentDefect defect)
    {
        if (Defect != ContentDefect.None)
            return;
        Defect = defect;
        DefectLine = Line;
    }

    private void Write(IBufferWriter<byte> writer, ReadOnlySpan<byte> octets)
    {
        if (Size + octets.Length > maxSize)
            Refuse(ContentDefect.TooBig);
        if (Defect != ContentDefect.None || octets.IsEmpty)
            return;
        writer.Write(octets);
        Size += octets.Length;
    }
}
