using System.Text.Json;

namespace OutreachRelay.Observe;

/// <summary>What is known of an alert by its name alone.</summary>
public static class AlertNames
{
    /// <summary>All names, in the order of their declaration.</summary>
    public static IReadOnlyList<AlertName> All { get; } = Enum.GetValues<AlertName>();

    private static readonly string[] Words = [.. All.Select(static name => JsonNamingPolicy.SnakeCaseLower.ConvertName(name.ToString()))];

    /// <summary><c>UpstreamDown</c> as <c>upstream_down</c>.</summary>
    public static string Word(this AlertName name) => Words[(int)name];

    public static AlertSeverity Severity(this AlertName name) => name switch
    {
        AlertName.DirectionDown or AlertName.MailOverdue or AlertName.StoreUnavailable or AlertName.CertificateExpired
            or AlertName.TooManyAlerts => AlertSeverity.Critical,
        _ => AlertSeverity.Warning,
    };
}
