using System.Collections.Immutable;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Policy.Score;

/// <summary>A message as rules see it: taken apart and decoded once, each text bounded. Untrusted text throughout.</summary>
internal sealed class ScoredMessage
{
    /// <summary>Octets of a message that are looked at, from its beginning.</summary>
    public const int MaxOctets = 256 * 1024;

    /// <summary>Characters of a text that are looked at.</summary>
    public const int MaxText = 100_000;

    private static readonly PartLimits Limits = new(MaxParts: 50, MaxDepth: 8);

    public required HeaderSection Header { get; init; }
    public required string Subject { get; init; }
    public required string From { get; init; }
    public required string To { get; init; }

    /// <summary>The plain text; <see langword="null"/> when no part is plain text.</summary>
    public required string? Text { get; init; }

    /// <summary>The first HTML part; <see langword="null"/> when there is none.</summary>
    public required HtmlContent? Html { get; init; }

    /// <summary>Characters of that part.</summary>
    public required int HtmlLength { get; init; }

    /// <summary>All parts that are no multipart.</summary>
    public required ImmutableArray<MessagePart> Parts { get; init; }

    /// <summary>Those that a reader saves rather than reads.</summary>
    public required ImmutableArray<MessagePart> Attachments { get; init; }

    public required ImmutableArray<ScoredLink> Links { get; init; }

    public required PartFaults Faults { get; init; }

    /// <summary>Whether the relay adds <c>List-Unsubscribe</c> before the message leaves.</summary>
    public required bool AddsUnsubscribe { get; init; }

    /// <summary>Reads a message. Never throws, and takes time linear in its length.</summary>
    /// <param name="content">The message with CRLF line ends; at least its header section.</param>
    /// <param name="isWhole">Whether nothing is missing behind <paramref name="content"/>.</param>
    /// <returns><see langword="null"/> when it has no well-formed header section.</returns>
    public static ScoredMessage? Read(ReadOnlyMemory<byte> content, bool isWhole, bool addsUnsubscribe)
    {
        if (!HeaderSection.TryRead(content, HeaderLimits.Default, out var header, out _))
            return null;
        var isCut = !isWhole || content.Length > MaxOctets;
        var parts = MessageParts.Read(content.Length > MaxOctets ? content[..MaxOctets] : content, Limits);
        ImmutableArray<MessagePart> attachments = [.. parts.Leaves.Where(static part => part.IsAttachment || !part.IsText)];
        var bodies = parts.Leaves.Where(static part => part is { IsText: true, IsAttachment: false }).ToList();
        var text = ReadText(bodies.Where(static part => part.MediaType == "text/plain"));
        var source = bodies.Find(static part => part.MediaType == "text/html")?.DecodeText(MaxOctets);
        var html = source is null ? null : HtmlReader.Read(source);
        return new ScoredMessage
        {
            Header = header,
            Subject = Decode(header, "Subject"u8),
            From = Decode(header, "From"u8),
            To = Decode(header, "To"u8),
            Text = text,
            Html = html,
            HtmlLength = source?.Length ?? 0,
            Parts = [.. parts.Leaves],
            Attachments = attachments,
            Links = [.. html?.Links ?? [], .. TextLinks.Find(text ?? "")],
            Faults = FaultsOf(parts, isCut),
            AddsUnsubscribe = addsUnsubscribe,
        };
    }

    public bool HasField(ReadOnlySpan<byte> name) => Header.TryFind(name, out var field) && !field.IsBlank;

    /// <summary>The texts at a place, each with a word that names it.</summary>
    public IEnumerable<(string Where, string Text)> At(ScorePlace place) => place switch
    {
        ScorePlace.Subject => [("subject", Subject)],
        ScorePlace.From => [("from", From)],
        ScorePlace.To => [("to", To)],
        ScorePlace.Text => [("text", Text ?? "")],
        ScorePlace.Html => [("html", Html?.Text ?? "")],
        ScorePlace.Links => Links.Select(static link => ("link", link.Target)),
        _ => Attachments.Select(static part => ("attachment", part.FileName)),
    };

    private static string Decode(HeaderSection header, ReadOnlySpan<byte> name)
    {
        var value = header.TryFind(name, out var field) ? field.Value : default;
        EncodedText.TryDecode(value.Length > MaxOctets ? value[..MaxOctets] : value, out var text);
        return text.Length > MaxText ? text[..MaxText] : text;
    }

    private static string? ReadText(IEnumerable<MessagePart> parts)
    {
        string? text = null;
        foreach (var part in parts)
        {
            var next = part.DecodeText(MaxOctets);
            text = text is null ? next : text + "\n" + next;
            if (text.Length > MaxText)
                return text[..MaxText];
        }
        return text;
    }

    // Of a message that is cut off the last part is not its fault.
    private static PartFaults FaultsOf(MessageParts parts, bool isCut)
    {
        var faults = parts.Leaves.Aggregate(parts.Faults, static (faults, part) => faults | part.Faults);
        return isCut ? faults & ~(PartFaults.NotClosed | PartFaults.NoParts) : faults;
    }
}
