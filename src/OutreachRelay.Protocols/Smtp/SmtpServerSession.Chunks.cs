using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace OutreachRelay.Protocols.Smtp;

// BDAT (RFC 3030 §2): content in chunks of announced length, without dot-stuffing.
public sealed partial class SmtpServerSession
{
    private ValueTask<SmtpSessionEnd?> BdatAsync(ReadOnlySpan<byte> arguments) =>
        TryParseChunk(arguments, out var octets, out var isLast)
            ? ChunkAsync(octets, isLast)
            // Octets follow in any case, and without their number they cannot be told from commands.
            : new(Close(SmtpServerReplies.BdatSyntax, SmtpSessionEnd.BadInput));

    private async ValueTask<SmtpSessionEnd?> ChunkAsync(long octets, bool isLast)
    {
        // 1 The octets of a refused chunk come all the same, and go before the reply does.
        if (RefuseChunk(octets) is { } refusal)
            return await RefuseChunkAsync(refusal, octets);
        // 2 The first chunk begins the content.
        _transaction.Sink ??= _handler.BeginContent();
        _transaction.Chunks ??= new ContentReader(_options.MaxMessageSize, _options.MaxLineLength, isChunked: true);
        var (sink, reader) = (_transaction.Sink, _transaction.Chunks);
        if (Interrupted(await _content.ReceiveChunkAsync(sink, reader, octets, CloseTransaction)) is { } interrupted)
            return interrupted;
        if (isLast)
            await EndChunksAsync(sink, reader);
        // 3 What is wrong with it the client hears now, and what it has pipelined behind is refused without a word more.
        if (reader.Defect != ContentDefect.None)
        {
            Abandon();
            return Answer(RefuseContent(reader));
        }
        if (!isLast)
            return Answer(new SmtpReply(250, 2, 0, 0, string.Create(CultureInfo.InvariantCulture, $"{octets} octets received")));
        // 4 As with DATA.
        var reply = await _handler.EndContentAsync(sink, _transport.Abort);
        CloseTransaction();
        return Answer(reply);
    }

    private SmtpReply? RefuseChunk(long octets) =>
        !IsExtended ? SmtpServerReplies.HelloFirst
        : !_transaction.IsOpen ? SmtpServerReplies.MailFirst
        : _transaction.Accepted == 0 ? (_transaction.Refused > 0 ? SmtpServerReplies.NoRecipients : SmtpServerReplies.RcptFirst)
        : octets > _options.MaxMessageSize - (_transaction.Chunks?.Size ?? 0) ? SmtpServerReplies.TooBig
        : null;

    private async ValueTask<SmtpSessionEnd?> RefuseChunkAsync(SmtpReply refusal, long octets)
    {
        var isConsequence = _transaction.IsMailRefused;
        if (refusal == SmtpServerReplies.TooBig)
            Abandon();
        // In many small chunks as in one large.
        if (octets > _options.MaxDrainedContent - _transaction.Drained)
            return Close(SmtpServerReplies.EndlessContent, SmtpSessionEnd.BadInput);
        _transaction.Drained += octets;
        return Interrupted(await _content.DiscardAsync(octets)) ?? Answer(refusal, isConsequence);
    }

    private async ValueTask EndChunksAsync(IContentSink sink, ContentReader reader)
    {
        if (reader.Defect == ContentDefect.None)
            reader.EndChunks(sink.Writer);
        if (reader.Defect == ContentDefect.None)
            await sink.FlushAsync(_transport.Abort);
    }

    // The transaction is over, and the chunks that follow belong to nothing.
    private void Abandon()
    {
        CloseTransaction();
        _transaction.IsMailRefused = true;
    }

    // chunk-size SP end-marker; twenty digits as for SIZE (RFC 1870 §3), of which not all fit.
    private static bool TryParseChunk(ReadOnlySpan<byte> arguments, out long octets, out bool isLast)
    {
        var end = arguments.IndexOf((byte)' ');
        var size = end < 0 ? arguments : arguments[..end];
        var marker = end < 0 ? default : arguments[end..].TrimStart((byte)' ');
        isLast = !marker.IsEmpty;
        octets = 0;
        return size.Length is > 0 and <= 20 && size.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            && Utf8Parser.TryParse(size, out octets, out _)
            && (marker.IsEmpty || Ascii.EqualsIgnoreCase(marker, "LAST"u8));
    }
}
