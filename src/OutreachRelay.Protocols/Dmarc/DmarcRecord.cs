using System.Globalization;

namespace OutreachRelay.Protocols.Dmarc;

/// <summary>A published record (RFC 7489 §6.3, RFC 9989 §4.7). Tags that are unknown or malformed count as absent.</summary>
public sealed record DmarcRecord
{
    private DmarcRecord(string text) => Text = text;

    /// <summary>As published.</summary>
    public string Text { get; }

    /// <summary>
    /// The tag <c>p</c>. Where <c>p</c> is absent or <c>p</c>, <c>sp</c> or <c>np</c> is invalid it is <see cref="DmarcPolicy.None"/> if reports are
    /// wanted, and otherwise <see langword="null"/>: then the record asks for nothing (RFC 9989 §4.7, RFC 7489 §6.6.3).
    /// </summary>
    public DmarcPolicy? Policy { get; private init; }

    /// <summary>The tag <c>sp</c>: for names below the domain.</summary>
    public DmarcPolicy? SubdomainPolicy { get; private init; }

    /// <summary>The tag <c>np</c>: for names below the domain that do not exist.</summary>
    public DmarcPolicy? NonexistentPolicy { get; private init; }

    /// <summary>Whether <c>adkim=s</c>: the domain of the signature must be the author's, not one related to it.</summary>
    public bool IsDkimStrict { get; private init; }

    /// <summary>Whether <c>aspf=s</c>.</summary>
    public bool IsSpfStrict { get; private init; }

    /// <summary>The tag <c>pct</c>, 0 to 100. Historic since RFC 9989; no result depends on it.</summary>
    public int Percent { get; private init; } = 100;

    /// <summary>Whether <c>t=y</c>: the policy is being tested and the next milder one is to be applied.</summary>
    public bool IsTesting { get; private init; }

    /// <summary>The tag <c>psd</c>.</summary>
    public DmarcPublicSuffix PublicSuffix { get; private init; }

    /// <summary>The tag <c>rua</c> as published: URIs with commas between. Empty where there is none.</summary>
    public string AggregateReports { get; private init; } = "";

    /// <summary>The tag <c>ruf</c> as published.</summary>
    public string FailureReports { get; private init; } = "";

    /// <summary>The tag <c>fo</c> as published.</summary>
    public string FailureOptions { get; private init; } = "0";

    /// <summary>Reads the text of a TXT record.</summary>
    /// <returns><see langword="null"/> when it is no DMARC record: it does not begin with <c>v=DMARC1</c>, in this case of letters.</returns>
    public static DmarcRecord? Parse(string text)
    {
        var tags = text.AsSpan();
        if (!TryCutTag(ref tags, out var name, out var value) || !Is(name, "v") || !value.SequenceEqual("DMARC1"))
            return null;
        var read = new DmarcTags();
        while (!tags.IsEmpty)
        {
            if (TryCutTag(ref tags, out name, out value))
                read.Add(name, value);
        }
        return new DmarcRecord(text)
        {
            Policy = read.IsMalformed ? (read.WantsReports ? DmarcPolicy.None : null) : read.Policy,
            SubdomainPolicy = read.SubdomainPolicy,
            NonexistentPolicy = read.NonexistentPolicy,
            IsDkimStrict = Is(read.Dkim, "s"),
            IsSpfStrict = Is(read.Spf, "s"),
            IsTesting = Is(read.Testing, "y"),
            PublicSuffix = ReadPublicSuffix(read.PublicSuffix),
            Percent = ReadPercent(read.Percent),
            AggregateReports = read.AggregateReports ?? "",
            FailureReports = read.FailureReports ?? "",
            FailureOptions = read.FailureOptions ?? "0",
        };
    }

    private static DmarcPublicSuffix ReadPublicSuffix(string? value) =>
        Is(value, "y") ? DmarcPublicSuffix.Yes : Is(value, "n") ? DmarcPublicSuffix.No : DmarcPublicSuffix.Unknown;

    private static int ReadPercent(string? value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent <= 100 ? percent : 100;

    internal static bool Is(ReadOnlySpan<char> text, string word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);

    // dmarc-tag: name *WSP "=" *WSP value, with ";" between the tags.
    private static bool TryCutTag(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> name, out ReadOnlySpan<char> value)
    {
        var end = rest.IndexOf(';');
        var tag = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        var equals = tag.IndexOf('=');
        name = equals < 0 ? [] : tag[..equals].Trim(" \t");
        value = equals < 0 ? [] : tag[(equals + 1)..].Trim(" \t");
        return !name.IsEmpty;
    }
}
