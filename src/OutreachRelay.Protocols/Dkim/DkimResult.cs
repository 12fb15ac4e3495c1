namespace OutreachRelay.Protocols.Dkim;

/// <summary>The results of RFC 8601 §2.7.1.</summary>
public enum DkimResult
{
    /// <summary>The message is not signed.</summary>
    None,

    Pass,

    /// <summary>The body or a signed field is not what was signed.</summary>
    Fail,

    /// <summary>The signature is sound as far as it was looked at, but not acceptable here: expired, or made with a key too small or too large.</summary>
    Policy,

    /// <summary>The signature can't be processed: its field is malformed, or asks for something unknown.</summary>
    Neutral,

    /// <summary>DNS failed; later it may not.</summary>
    TempError,

    /// <summary>The signature can never verify: it lacks what it needs, or its key does not exist, is revoked or is not for this.</summary>
    PermError,
}

public static class DkimResultWords
{
    /// <summary>The word of RFC 8601 §2.7.1, for example <c>permerror</c>.</summary>
    public static string ToWord(this DkimResult result) => result switch
    {
        DkimResult.None => "none",
        DkimResult.Pass => "pass",
        DkimResult.Fail => "fail",
        DkimResult.Policy => "policy",
        DkimResult.Neutral => "neutral",
        DkimResult.TempError => "temperror",
        _ => "permerror",
    };
}
