namespace OutreachRelay.Protocols.Dkim;

/// <summary>What became of one signature.</summary>
public sealed record DkimSignatureOutcome
{
    public required DkimResult Result { get; init; }

    /// <summary>The signing domain (<c>d=</c>) in A-labels and lower case; empty when the field has no valid one.</summary>
    public required string Domain { get; init; }

    /// <summary>The selector (<c>s=</c>) likewise.</summary>
    public required string Selector { get; init; }

    /// <summary>Whether the key says that the domain is only testing (<c>t=y</c>): RFC 6376 §3.6.1 then wants the message treated as unsigned.</summary>
    public bool IsTesting { get; init; }

    /// <summary>
    /// Octets of the canonical body that the signature does not cover, because of <c>l=</c>. Anybody may have added them
    /// (RFC 6376 §8.2). Only with a pass.
    /// </summary>
    public long UnsignedLength { get; init; }

    /// <summary>Why it is no pass, in words that can be shown to a peer: nothing of the message is repeated. Otherwise empty.</summary>
    public string Detail { get; init; } = "";
}

/// <summary>What the signatures of a message came to.</summary>
/// <param name="Signatures">Those evaluated, from the top of the header section.</param>
/// <param name="Ignored">How many there were beyond the limit.</param>
public sealed record DkimOutcome(IReadOnlyList<DkimSignatureOutcome> Signatures, int Ignored)
{
    /// <summary>A pass if one passed; else a temperror if one may pass later; else what the first came to. None without signatures.</summary>
    public DkimResult Result =>
        Signatures.Count == 0 ? DkimResult.None
        : Has(DkimResult.Pass) ? DkimResult.Pass
        : Has(DkimResult.TempError) ? DkimResult.TempError
        : Signatures[0].Result;

    private bool Has(DkimResult result)
    {
        foreach (var signature in Signatures)
        {
            if (signature.Result == result)
                return true;
        }
        return false;
    }
}
