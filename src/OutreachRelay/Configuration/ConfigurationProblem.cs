namespace OutreachRelay.Configuration;

public enum ProblemSeverity
{
    /// <summary>The configuration can be used; something in it does not do what it says.</summary>
    Warning,

    /// <summary>The configuration cannot be used.</summary>
    Error,
}

/// <summary>One thing that is wrong with a configuration. Never holds a secret or a control character.</summary>
/// <param name="File">The file as the operator named it: as given on the command line, or beside it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in Unicode scalar values.</param>
/// <param name="Path">The TOML path, such as <c>client[0].networks[1]</c>, or the column of a CSV file; may be empty.</param>
/// <param name="Message">What was expected, in one line.</param>
public sealed record ConfigurationProblem(ProblemSeverity Severity, string File, int Line, int Column, string Path, string Message)
{
    /// <summary>One line in the form of compilers: <c>relay.toml:12:5: error: client[0].networks[1]: expected …</c></summary>
    public override string ToString()
    {
        var severity = Severity == ProblemSeverity.Error ? "error" : "warning";
        var path = Path.Length == 0 ? "" : Path + ": ";
        return $"{File}:{Line}:{Column}: {severity}: {path}{Message}";
    }
}
