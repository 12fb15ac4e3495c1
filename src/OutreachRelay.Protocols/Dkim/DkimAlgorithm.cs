namespace OutreachRelay.Protocols.Dkim;

/// <summary>The signature algorithms in use (RFC 8301 §3.1, RFC 8463 §3). Both sign a SHA-256 digest.</summary>
public enum DkimAlgorithm
{
    RsaSha256,
    Ed25519Sha256,
}

/// <summary>The forms in which octets are signed (RFC 6376 §3.4).</summary>
public enum DkimCanonicalization
{
    /// <summary>As they are, but for empty lines at the end of the body.</summary>
    Simple,

    /// <summary>Case of field names, folding and the amount of white space do not count.</summary>
    Relaxed,
}

public static class DkimWords
{
    /// <summary>The value of <c>a=</c>.</summary>
    public static string ToWord(this DkimAlgorithm algorithm) => algorithm == DkimAlgorithm.RsaSha256 ? "rsa-sha256" : "ed25519-sha256";

    /// <summary>The value of <c>k=</c> of the key that goes with it.</summary>
    public static string ToKeyType(this DkimAlgorithm algorithm) => algorithm == DkimAlgorithm.RsaSha256 ? "rsa" : "ed25519";

    /// <summary>One half of the value of <c>c=</c>.</summary>
    public static string ToWord(this DkimCanonicalization canonicalization) => canonicalization == DkimCanonicalization.Simple ? "simple" : "relaxed";
}
