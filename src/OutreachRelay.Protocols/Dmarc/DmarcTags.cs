namespace OutreachRelay.Protocols.Dmarc;

/// <summary>The tags of a record as they stand there; of a repeated tag the first counts.</summary>
internal sealed class DmarcTags
{
    private bool _hasPolicy, _hasBadPolicy;

    public DmarcPolicy? Policy { get; private set; }

    public DmarcPolicy? SubdomainPolicy { get; private set; }

    public DmarcPolicy? NonexistentPolicy { get; private set; }

    public string? Dkim { get; private set; }

    public string? Spf { get; private set; }

    public string? Testing { get; private set; }

    public string? PublicSuffix { get; private set; }

    public string? Percent { get; private set; }

    public string? AggregateReports { get; private set; }

    public string? FailureReports { get; private set; }

    public string? FailureOptions { get; private set; }

    /// <summary>Whether <c>p</c> is missing, or one of the three policies is not one of the three words.</summary>
    public bool IsMalformed => !_hasPolicy || _hasBadPolicy;

    /// <summary>Whether <c>rua</c> holds something that looks like a URI.</summary>
    public bool WantsReports
    {
        get
        {
            foreach (var range in AggregateReports.AsSpan().Split(','))
            {
                var uri = AggregateReports.AsSpan(range).Trim(" \t");
                var colon = uri.IndexOf(':');
                if (colon > 0 && colon < uri.Length - 1 && char.IsAsciiLetter(uri[0]))
                    return true;
            }
            return false;
        }
    }

    public void Add(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        Span<char> lower = stackalloc char[8];
        var length = name.ToLowerInvariant(lower);
        if (length < 0)
            return;
        switch (lower[..length])
        {
            case "p":
                Policy ??= ReadPolicy(value);
                _hasPolicy = true;
                break;
            case "sp": SubdomainPolicy ??= ReadPolicy(value); break;
            case "np": NonexistentPolicy ??= ReadPolicy(value); break;
            case "adkim": Dkim ??= value.ToString(); break;
            case "aspf": Spf ??= value.ToString(); break;
            case "t": Testing ??= value.ToString(); break;
            case "psd": PublicSuffix ??= value.ToString(); break;
            case "pct": Percent ??= value.ToString(); break;
            case "rua": AggregateReports ??= value.ToString(); break;
            case "ruf": FailureReports ??= value.ToString(); break;
            case "fo": FailureOptions ??= value.ToString(); break;
        }
    }

    private DmarcPolicy? ReadPolicy(ReadOnlySpan<char> value)
    {
        if (DmarcRecord.Is(value, "none"))
            return DmarcPolicy.None;
        if (DmarcRecord.Is(value, "quarantine"))
            return DmarcPolicy.Quarantine;
        if (DmarcRecord.Is(value, "reject"))
            return DmarcPolicy.Reject;
        _hasBadPolicy = true;
        return null;
    }
}
