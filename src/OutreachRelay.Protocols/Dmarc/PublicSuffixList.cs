using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Dmarc;

/// <summary>
/// The names below which anybody can register, in the format and by the algorithm of publicsuffix.org. The list itself is the caller's to bring
/// and to keep fresh.
/// </summary>
public sealed class PublicSuffixList
{
    private readonly HashSet<string> _rules = [];
    private readonly HashSet<string> _wildcards = [];
    private readonly HashSet<string> _exceptions = [];

    private PublicSuffixList()
    {
    }

    /// <summary>Rules of all three kinds.</summary>
    public int Count => _rules.Count + _wildcards.Count + _exceptions.Count;

    /// <summary>
    /// Reads a list: a rule a line, ended by white space; <c>//</c> begins a comment. A rule that is no domain name is passed over.
    /// </summary>
    public static PublicSuffixList Parse(ReadOnlySpan<char> text)
    {
        var list = new PublicSuffixList();
        foreach (var line in text.EnumerateLines())
        {
            var end = line.IndexOfAny(' ', '\t');
            var rule = end < 0 ? line : line[..end];
            if (!rule.IsEmpty && !rule.StartsWith("//"))
                list.Add(rule);
        }
        return list;
    }

    /// <summary>The public suffix of a domain and one label more: what somebody registered, for example <c>example.co.uk</c>.</summary>
    /// <param name="domain">A domain name in A-labels or Unicode, in any case.</param>
    /// <returns>The name in A-labels and lower case; <see langword="null"/> for a public suffix itself and for what is no domain name.</returns>
    public string? FindRegistrable(string domain)
    {
        var name = Mailbox.ToAsciiDomain(domain) ?? "";
        if (name.Length is 0 or > 253 || name.StartsWith('.') || name.Contains(".."))
            return null;
        // From the whole name to its last label: the longest rule prevails, an exception before the wildcard it is from.
        var before = -1;
        for (var start = 0; ;)
        {
            var suffix = name.AsSpan(start);
            if (_exceptions.GetAlternateLookup<ReadOnlySpan<char>>().Contains(suffix))
                return name[start..];
            var dot = suffix.IndexOf('.');
            // Without a rule the last label is the suffix: the rule "*".
            if (dot < 0 || IsSuffix(suffix, dot))
                return before < 0 ? null : name[before..];
            before = start;
            start += dot + 1;
        }
    }

    private bool IsSuffix(ReadOnlySpan<char> suffix, int dot) =>
        _rules.GetAlternateLookup<ReadOnlySpan<char>>().Contains(suffix)
        || _wildcards.GetAlternateLookup<ReadOnlySpan<char>>().Contains(suffix[(dot + 1)..]);

    private void Add(ReadOnlySpan<char> rule)
    {
        var (rules, start) = rule[0] == '!' ? (_exceptions, 1) : rule.StartsWith("*.") ? (_wildcards, 2) : (_rules, 0);
        if (Mailbox.ToAsciiDomain(rule[start..].ToString()) is { Length: > 0 } name)
            rules.Add(name);
    }
}
