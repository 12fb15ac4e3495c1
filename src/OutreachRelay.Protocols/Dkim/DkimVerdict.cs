namespace OutreachRelay.Protocols.Dkim;

/// <summary>What a signature came to. The detail is in our words: nothing of the message or of a record is repeated.</summary>
internal readonly record struct DkimVerdict(DkimResult Result, string Detail = "")
{
    public static DkimVerdict Pass => new(DkimResult.Pass);

    public static DkimVerdict Fail(string detail) => new(DkimResult.Fail, detail);

    public static DkimVerdict Policy(string detail) => new(DkimResult.Policy, detail);

    public static DkimVerdict Neutral(string detail) => new(DkimResult.Neutral, detail);

    public static DkimVerdict TempError(string detail) => new(DkimResult.TempError, detail);

    public static DkimVerdict PermError(string detail) => new(DkimResult.PermError, detail);
}
