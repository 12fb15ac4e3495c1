using OutreachRelay.Policy.Preflight;
using Spectre.Console;

namespace OutreachRelay.Cli;

/// <summary>Verdicts for a person: a table, then what is to be done, and the records as a zone file has them.</summary>
internal static class PreflightText
{
    /// <param name="all">Those that are shown and those that are not.</param>
    /// <param name="inFull">Whether every check is told of, or only those with a remedy.</param>
    public static void Write(Terminal terminal, PreflightReport[] shown, IReadOnlyList<PreflightReport> all, bool inFull)
    {
        if (shown.Length > 0)
            WriteTable(terminal, shown);
        foreach (var report in shown)
            WriteChecks(terminal, report, inFull);
        var counts = Enum.GetValues<PreflightVerdict>().Select(verdict => $"{all.Count(report => report.Verdict == verdict)} {Words.Of(verdict)}");
        terminal.WriteLine($"{string.Join(", ", counts)}");
    }

    /// <summary>A record as a zone file has it: TXT in strings of at most 255 octets.</summary>
    public static string Zone(RecordToPublish record) =>
        $"{record.Name}. IN {record.Type} {string.Join(' ', record.Value.Chunk(255).Select(static piece => $"\"{new string(piece)}\""))}";

    private static void WriteTable(Terminal terminal, PreflightReport[] reports)
    {
        var table = Terminal.NewTable("domain", "upstream", "verdict", "since", "spf", "dkim", "dmarc", "mx", "listed");
        foreach (var report in reports)
        {
            table.AddRow(
                Terminal.Cell(report.Domain), Terminal.Cell(report.Upstream), Terminal.Cell(Words.Of(report.Verdict)), Terminal.Cell(Words.Ago(report.Since, terminal.Now)),
                Result(report, PreflightKind.Spf), Result(report, PreflightKind.Dkim, PreflightKind.OwnKey), Result(report, PreflightKind.Dmarc), Result(report, PreflightKind.Mx),
                Terminal.Cell($"{report.Checks.Count(static check => check is { Kind: PreflightKind.Blocklist, Standing: PreflightStanding.Bad })}"));
        }
        terminal.Write(table);
    }

    private static Text Result(PreflightReport report, params PreflightKind[] kinds) =>
        Terminal.Cell(string.Join(',', report.Checks.Where(check => kinds.Contains(check.Kind)).Select(static check => check.Result).Distinct()));

    private static void WriteChecks(Terminal terminal, PreflightReport report, bool inFull)
    {
        var told = report.Checks.Where(check => inFull || check.Remedy.Length > 0 || check.Standing is PreflightStanding.Bad or PreflightStanding.Temporary).ToList();
        if (told.Count > 0)
            terminal.WriteLine($"\n{report.Domain} at {report.Upstream}: {Words.Of(report.Verdict)}");
        foreach (var check in told)
        {
            terminal.WriteLine($"  {Words.Of(check.Kind)} {check.Result}: {check.Reason}");
            if (check.Doubt.Length > 0)
                terminal.WriteLine($"    as found before; {check.Doubt}");
            if (check.Remedy.Length > 0)
                terminal.WriteLine($"    to do: {check.Remedy}");
            if (check.Record is { } record)
                terminal.WriteLine($"    {Zone(record)}");
        }
    }
}
