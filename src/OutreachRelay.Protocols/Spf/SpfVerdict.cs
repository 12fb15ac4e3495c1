namespace OutreachRelay.Protocols.Spf;

/// <summary>What the record of one domain came to.</summary>
/// <param name="Mechanism">The directive that decided.</param>
/// <param name="Explanation">Where the text for a fail is found, in the words of <paramref name="Domain"/>'s record.</param>
internal readonly record struct SpfVerdict(
    SpfResult Result, string Detail = "", string? Mechanism = null, MacroString? Explanation = null, string Domain = "");

/// <summary>Whether a directive matches; an error ends the evaluation.</summary>
internal readonly record struct SpfMatch(bool Matches, SpfResult? Error = null, string Detail = "")
{
    public static SpfMatch TempError(string detail) => new(false, SpfResult.TempError, detail);

    public static SpfMatch PermError(string detail) => new(false, SpfResult.PermError, detail);
}
