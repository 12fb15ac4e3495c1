using System.Net.Sockets;
using OutreachRelay.Protocols.Spf;

namespace OutreachRelay.Policy.Preflight;

/// <summary>Writes SPF records that let an upstream send.</summary>
internal static class SpfRecordText
{
    private const string Version = "v=spf1";

    // What is longer is no record that anybody could paste.
    private const int Longest = 2000;

    /// <summary>The terms that let the upstream send: its include, or its addresses; empty when neither is known.</summary>
    public static string Terms(PreflightSubject subject) => subject.SendingAddresses.IsEmpty
        ? subject.SpfInclude is { } include ? "include:" + include : ""
        : string.Join(' ', subject.SendingAddresses.Select(static address => (address.AddressFamily == AddressFamily.InterNetwork ? "ip4:" : "ip6:") + address));

    /// <summary>The domain's record with further terms where they are looked at: before the end of it.</summary>
    public static RecordToPublish? With(SpfSurvey survey, string terms) => survey.Records switch
    {
        [] => new RecordToPublish(survey.Domain, "TXT", $"{Version} {terms} ~all"),
        [var record] => Join(survey.Domain, Split(record), terms),
        _ => null,
    };

    /// <summary>One record of several: all of their terms, each once, and the end of the first that has one.</summary>
    public static RecordToPublish? Merge(SpfSurvey survey, string terms) => Join(survey.Domain, [.. survey.Records.SelectMany(Split)], terms);

    private static RecordToPublish? Join(string domain, string[] published, string added)
    {
        var end = Array.Find(published, IsEnd);
        string[] all = [Version, .. published.Where(static term => !IsEnd(term)), .. added.Split(' '), .. end is null ? Array.Empty<string>() : [end]];
        var text = string.Join(' ', all.Where(static term => term.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase));
        return text.Length <= Longest && text.All(static c => c is >= ' ' and <= '~') ? new RecordToPublish(domain, "TXT", text) : null;
    }

    private static string[] Split(string record) => record[Version.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static bool IsEnd(string term) =>
        term.TrimStart('+', '-', '~', '?').Equals("all", StringComparison.OrdinalIgnoreCase) || term.StartsWith("redirect=", StringComparison.OrdinalIgnoreCase);
}
