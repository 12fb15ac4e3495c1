namespace OutreachRelay.Protocols.Dmarc;

/// <summary>The results of RFC 7489 §11.2 and RFC 8601.</summary>
public enum DmarcResult
{
    /// <summary>No policy applies to the author domain.</summary>
    None,

    /// <summary>An aligned identifier is authenticated.</summary>
    Pass,

    /// <summary>None is.</summary>
    Fail,

    /// <summary>DNS failed; later it may not.</summary>
    TempError,

    /// <summary>The message has no single author domain.</summary>
    PermError,
}

/// <summary>What a domain asks to be done with mail that fails.</summary>
public enum DmarcPolicy
{
    None,
    Quarantine,
    Reject,
}

/// <summary>Whether a domain says that names below it belong to different owners (the tag <c>psd</c> of RFC 9989 §4.7).</summary>
public enum DmarcPublicSuffix
{
    Unknown,
    Yes,
    No,
}

public static class DmarcWords
{
    /// <summary>The word of RFC 8601 §2.7, for example <c>temperror</c>.</summary>
    public static string ToWord(this DmarcResult result) => result switch
    {
        DmarcResult.None => "none",
        DmarcResult.Pass => "pass",
        DmarcResult.Fail => "fail",
        DmarcResult.TempError => "temperror",
        _ => "permerror",
    };

    /// <summary>The word of a record, for example <c>quarantine</c>.</summary>
    public static string ToWord(this DmarcPolicy policy) => policy switch
    {
        DmarcPolicy.None => "none",
        DmarcPolicy.Quarantine => "quarantine",
        _ => "reject",
    };
}
