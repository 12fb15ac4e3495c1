using System.Collections.Immutable;
using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>A field of a report or of a returned message.</summary>
/// <param name="Name">As written.</param>
/// <param name="Value">On one line; encoded words stay encoded.</param>
public sealed record ReportField(string Name, string Value);

/// <summary>What came back of the original message: all of it, its header section, or a quotation.</summary>
/// <param name="Content">From its first field on, as returned: a window onto the report where that was not encoded.</param>
/// <param name="MessageId">Without angle brackets; <see langword="null"/> when it did not come back.</param>
/// <param name="Fields">Those that <see cref="BounceOptions.OriginalFields"/> names, in their order in the message.</param>
public sealed record OriginalMessage(ReadOnlyMemory<byte> Content, string? MessageId, ImmutableArray<ReportField> Fields)
{
    /// <summary>The value of a kept field, or <see langword="null"/>. Case does not matter.</summary>
    public string? Find(string name) => Fields.FirstOrDefault(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value;

    /// <summary>Reads the fields at the start of what was returned.</summary>
    /// <returns><see langword="null"/> when there is nothing that could identify a message.</returns>
    internal static OriginalMessage? Read(ReadOnlyMemory<byte> content, BounceOptions options)
    {
        content = Lines.SkipBlank(content);
        string? messageId = null;
        var kept = new List<ReportField>();
        var reader = new FieldReader(content.Span, isSection: true);
        while (reader.TryRead())
        {
            if (messageId is null && reader.Is("Message-ID"u8))
                messageId = MessageIds.ParseOne(reader.Value);
            else if (IsWanted(reader.Name, kept, options))
                kept.Add(new ReportField(Encoding.ASCII.GetString(reader.Name), FieldText.Clean(reader.Value, options.MaxValueLength)));
        }
        return messageId is null && kept.Count == 0 ? null : new OriginalMessage(content, messageId, [.. kept]);
    }

    private static bool IsWanted(ReadOnlySpan<byte> name, List<ReportField> kept, BounceOptions options)
    {
        foreach (var wanted in options.OriginalFields)
        {
            if (Ascii.EqualsIgnoreCase(name, wanted))
                return !kept.Exists(field => field.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase));
        }
        return false;
    }
}
