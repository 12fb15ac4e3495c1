namespace OutreachRelay.Protocols.Spf;

/// <summary>The results of RFC 7208 §2.6.</summary>
public enum SpfResult
{
    /// <summary>There is no record, or no domain that could have one.</summary>
    None,

    /// <summary>The domain says that it says nothing.</summary>
    Neutral,

    Pass,
    Fail,
    SoftFail,

    /// <summary>DNS failed; later it may not.</summary>
    TempError,

    /// <summary>The published records can't be interpreted.</summary>
    PermError,
}

public static class SpfResultWords
{
    /// <summary>The word of RFC 8601 §2.7.2, for example <c>softfail</c>.</summary>
    public static string ToWord(this SpfResult result) => result switch
    {
        SpfResult.None => "none",
        SpfResult.Neutral => "neutral",
        SpfResult.Pass => "pass",
        SpfResult.Fail => "fail",
        SpfResult.SoftFail => "softfail",
        SpfResult.TempError => "temperror",
        _ => "permerror",
    };
}
