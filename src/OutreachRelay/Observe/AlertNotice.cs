using System.Text.Json.Serialization;

namespace OutreachRelay.Observe;

/// <summary>What the webhook hears of an alert.</summary>
/// <param name="Alert">A word of <see cref="AlertName"/>.</param>
/// <param name="Severity"><c>warning</c> or <c>critical</c>.</param>
/// <param name="State"><c>raised</c> or <c>cleared</c>.</param>
/// <param name="Text">A sentence; where the alert is over it begins with <c>over: </c>, for receivers that show nothing else.</param>
/// <param name="Since">When it was raised.</param>
/// <param name="Hostname">Ours.</param>
internal sealed record AlertNotice(string Alert, string Subject, string Severity, string State, string Text, DateTimeOffset Since, string Hostname)
{
    public static AlertNotice Of(Alert alert, bool isActive, string hostname) => new(
        alert.Name.Word(), alert.Subject, alert.Severity == AlertSeverity.Critical ? "critical" : "warning",
        isActive ? "raised" : "cleared", isActive ? alert.Text : "over: " + alert.Text, alert.Since, hostname);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AlertNotice))]
internal sealed partial class AlertJson : JsonSerializerContext;
