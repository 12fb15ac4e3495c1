using System.Collections.Immutable;
using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>Reads the recipients of a <see cref="TextForm"/> and the reason behind each.</summary>
internal sealed class TextBounceList(TextForm form, BounceOptions options)
{
    private readonly ImmutableArray<RecipientReport>.Builder _recipients = ImmutableArray.CreateBuilder<RecipientReport>();
    private readonly StringBuilder _reason = new();
    private ReportAddress? _recipient;
    private int _indent = -1;
    private bool _isTruncated;

    public TextBounce Read(ReadOnlyMemory<byte> text, int at)
    {
        var isParagraph = true;
        var isEnd = false;
        while (at < text.Length && !isEnd && !_isTruncated)
        {
            var line = Lines.Read(text.Span, ref at);
            var isBlank = Lines.IsBlank(line);
            isEnd = form.End.Length > 0 && (isParagraph || !form.IsBracketed) && line.TrimStart(" \t"u8).StartsWith(form.End);
            if (!isEnd && !isBlank)
                AddLine(line, isParagraph);
            else if (isBlank && _reason.Length > 0)
                Complete();
            isParagraph = isBlank;
        }
        Complete();
        return new TextBounce(form, _recipients.ToImmutable(), _isTruncated, isEnd ? text[at..] : default);
    }

    private void AddLine(ReadOnlySpan<byte> line, bool isParagraph)
    {
        var content = line.Trim(" \t"u8);
        var indent = line.IndexOfAnyExcept(" \t"u8);
        var mayBegin = (_indent < 0 || indent == _indent) && (isParagraph || !form.IsBracketed);
        if (mayBegin && TryReadRecipient(content, out var recipient, out var reason))
        {
            Complete();
            _indent = indent;
            _recipient = recipient;
            content = reason;
        }
        if (_recipient is not null && !content.IsEmpty && _reason.Length < options.MaxValueLength)
            _reason.Append(FieldText.Clean(content, options.MaxValueLength - _reason.Length)).Append('\n');
    }

    private bool TryReadRecipient(ReadOnlySpan<byte> line, out ReportAddress? recipient, out ReadOnlySpan<byte> reason)
    {
        reason = default;
        return form.IsBracketed ? TryReadBracketed(line, out recipient, out reason) : TryReadBare(line, out recipient);
    }

    // "<joe@example.net>: reason", "<joe@example.net> (expanded from <team@example.net>): reason" (Postfix).
    private static bool TryReadBracketed(ReadOnlySpan<byte> line, out ReportAddress? recipient, out ReadOnlySpan<byte> reason)
    {
        recipient = null;
        reason = default;
        var end = line[0] == '<' ? line.IndexOf((byte)'>') : -1;
        if (end < 0)
            return false;
        reason = line[(end + 1)..];
        if (!reason.StartsWith(":"u8) && !reason.StartsWith(" ("u8))
            return false;
        reason = reason.TrimStart(": "u8);
        return TryReadAddress(line[1..end], out recipient);
    }

    // "joe@example.net", "joe@example.net on 3/22/2002 5:47 PM" (Exchange), "joe@example.net (ultimately generated from team@example.net)" (Exim).
    private static bool TryReadBare(ReadOnlySpan<byte> line, out ReportAddress? recipient)
    {
        recipient = null;
        var end = line.IndexOf((byte)' ');
        var address = end < 0 ? line : line[..end];
        var rest = line[address.Length..];
        return (rest.IsEmpty || rest.StartsWith(" on "u8) || rest.StartsWith(" ("u8)) && address.IndexOfAny("<>:,\""u8) < 0
            && TryReadAddress(address, out recipient);
    }

    private static bool TryReadAddress(ReadOnlySpan<byte> address, out ReportAddress? recipient)
    {
        var at = address.LastIndexOf((byte)'@');
        recipient = at > 0 && at < address.Length - 1 ? ReportAddress.Parse(address) : null;
        return recipient is not null;
    }

    private void Complete()
    {
        if (_recipient is { } recipient && !(_isTruncated = _recipients.Count == options.MaxRecipients))
            _recipients.Add(Build(recipient));
        _recipient = null;
        _reason.Clear();
    }

    private RecipientReport Build(ReportAddress recipient)
    {
        var reason = _reason.ToString().TrimEnd();
        var (reply, enhanced) = StatusCodes.Find(reason);
        return new RecipientReport
        {
            FinalRecipient = recipient,
            Action = form.Action,
            Status = enhanced,
            Diagnostic = reason.Length == 0 ? null : new DiagnosticCode("", reason.Replace('\n', ' '), reply, enhanced),
        };
    }
}
