using System.Text.Json;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Preflight;

/// <summary>What a running relay says of its sender domains.</summary>
internal static class PreflightQueries
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(40);

    /// <summary>Waits for a verdict on a domain: <c>pass</c>, <c>fail</c>, <c>unknown</c>.</summary>
    public static Task UntilVerdictAsync(this RelayProcess relay, string domain, string verdict) => Wait.UntilAsync(
        async () => JsonSerializer.Deserialize<JsonElement>((await relay.RunAsync("preflight", "--all", "--json")).StandardOutput).EnumerateArray().Any(
            report => report.GetProperty("domain").GetString() == domain && report.GetProperty("verdict").GetString() == verdict),
        Deadline, () => $"{domain} is not {verdict}:\n{relay.Log}");
}
