using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Protocols.Spf;

/// <summary>One check: the records met on the way, and what of the limits is used up. Recursion ends at the limit of lookups.</summary>
internal sealed class SpfEvaluation(IDnsResolver dns, SpfOptions options, MacroValues values, CancellationToken cancel)
{
    /// <summary>RFC 7208 §7.3: a longer name loses labels on the left.</summary>
    private const int MaxName = 253;

    // Enough to cut a long name from the left, small enough that a record full of macros costs nothing.
    private const int MaxExpansion = 8 * 1024;

    private const int MaxExplanation = 1024;

    private readonly SpfMechanisms _mechanisms = new(dns, values.Client, cancel);

    public int Lookups { get; private set; }

    public int VoidLookups { get; private set; }

    /// <summary>check_host() for one domain (RFC 7208 §4).</summary>
    public async Task<SpfVerdict> EvaluateAsync(string domain)
    {
        // (1) The record.
        var (record, failure) = await FindRecordAsync(domain);
        if (record is null)
            return failure;

        // (2) The first directive that matches.
        foreach (var directive in record.Directives)
        {
            var match = await MatchAsync(directive, domain);
            if (match.Error is { } error)
                return new SpfVerdict(error, match.Detail, directive.Text);
            if (match.Matches)
                return new SpfVerdict(directive.Qualifier, "", directive.Text, record.Explanation, domain);
        }

        // (3) Else the record of another domain. RFC 7208 §6.1: its explanation counts, not ours.
        if (record.Redirect is null)
            return new SpfVerdict(SpfResult.Neutral);
        if (!TryCountLookup())
            return TooManyLookups;
        var target = await ExpandAsync(record.Redirect, domain);
        var verdict = await EvaluateAsync(target);
        return verdict.Result == SpfResult.None ? new SpfVerdict(SpfResult.PermError, $"redirect: {verdict.Detail}") : verdict;
    }

    /// <summary>Fetches the text for a fail (RFC 7208 §6.2). Whatever is wrong with it, there is none.</summary>
    public async Task<string?> ExplainAsync(MacroString where, string domain)
    {
        var answer = await dns.ResolveAsync(await ExpandAsync(where, domain), DnsType.TXT, cancel);
        if (answer.Records.Count != 1 || !MacroString.TryParseExplanation(answer.Records[0].Text, out var text))
            return null;
        var explanation = text.Expand(await ValuesAsync(text, domain), MaxExplanation);
        return explanation.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0 ? explanation : null;
    }

    private static SpfVerdict TooManyLookups => new(SpfResult.PermError, "too many DNS lookups");

    private async Task<(SpfRecord? Record, SpfVerdict Failure)> FindRecordAsync(string domain)
    {
        var answer = await dns.ResolveAsync(domain, DnsType.TXT, cancel);
        if (answer.Status == DnsStatus.TemporaryError)
            return (null, new SpfVerdict(SpfResult.TempError, $"TXT: {answer.Detail}"));
        string? found = null;
        foreach (var record in answer.Records)
        {
            if (!SpfRecord.IsRecord(record.Text))
                continue;
            if (found is not null)
                return (null, new SpfVerdict(SpfResult.PermError, "more than one SPF record"));
            found = record.Text;
        }
        if (found is null)
            return (null, new SpfVerdict(SpfResult.None, "no SPF record"));
        return SpfRecord.TryParse(found, out var parsed, out var error) ? (parsed, default) : (null, new SpfVerdict(SpfResult.PermError, error));
    }

    private async Task<SpfMatch> MatchAsync(SpfDirective directive, string domain)
    {
        if (directive.QueriesDns && !TryCountLookup())
            return SpfMatch.PermError(TooManyLookups.Detail);
        var target = directive.Domain is null ? domain : await ExpandAsync(directive.Domain, domain);
        if (directive.Mechanism == SpfMechanism.Include)
            return await IncludeAsync(target);
        var (match, isVoid) = await _mechanisms.MatchAsync(directive, target);
        if (isVoid && ++VoidLookups > options.MaxVoidLookups)
            return SpfMatch.PermError("too many DNS lookups without an answer");
        return match;
    }

    // RFC 7208 §5.2, the table.
    private async Task<SpfMatch> IncludeAsync(string domain)
    {
        var verdict = await EvaluateAsync(domain);
        return verdict.Result switch
        {
            SpfResult.Pass => new SpfMatch(true),
            SpfResult.TempError => SpfMatch.TempError(verdict.Detail),
            SpfResult.PermError or SpfResult.None => SpfMatch.PermError(verdict.Detail),
            _ => new SpfMatch(false),
        };
    }

    private bool TryCountLookup() => ++Lookups <= options.MaxLookups;

    private async Task<string> ExpandAsync(MacroString macros, string domain)
    {
        var name = macros.Expand(await ValuesAsync(macros, domain), MaxExpansion) ?? "";
        name = name.TrimEnd('.');
        while (name.Length > MaxName && name.IndexOf('.') is >= 0 and var dot)
            name = name[(dot + 1)..];
        return name;
    }

    private async Task<MacroValues> ValuesAsync(MacroString macros, string domain)
    {
        var here = values with { Domain = domain };
        return macros.NeedsValidatedName ? here with { ValidatedName = await _mechanisms.FindValidatedNameAsync(domain) } : here;
    }
}
