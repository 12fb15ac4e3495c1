using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Store;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves the sections that need nothing but their defaults: <c>[delivery]</c>, <c>[policy]</c>, <c>[log]</c>.</summary>
internal static class DeliveryResolver
{
    private static readonly ImmutableArray<TimeSpan> DefaultRetry =
        [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15)];

    public static DeliveryModel Resolve(DeliveryConfig? delivery) => new()
    {
        Retry = delivery?.Retry is { } retry ? [.. retry.Value.Select(wait => wait.Value)] : DefaultRetry,
        Expire = delivery?.Expire?.Value ?? TimeSpan.FromDays(3),
        ProbeInterval = delivery?.ProbeInterval?.Value ?? TimeSpan.FromSeconds(30),
        InDoubt = delivery?.InDoubt?.Value ?? InDoubtAction.Retry,
        InDoubtWait = delivery?.InDoubtWait?.Value ?? TimeSpan.FromMinutes(15),
        NoSlot = delivery?.NoSlot?.Value ?? NoSlotAction.Refuse,
        Grace = delivery?.Grace?.Value ?? TimeSpan.FromSeconds(20),
        Retention = delivery?.Retention?.Value ?? TimeSpan.FromDays(30),
    };

    public static PolicyModel Resolve(PolicyConfig? policy) =>
        new(policy?.MaxRecipients?.Value ?? 100, policy?.DuplicateWindow?.Value ?? TimeSpan.FromHours(1))
        {
            DropsSuppressed = policy?.DropsSuppressed?.Value ?? false,
            SoftBounces = policy?.SoftBounceLimit?.Value is 0 ? null : new SoftBounceRule(
                policy?.SoftBounceLimit?.Value ?? 3, policy?.SoftBounceSpan?.Value ?? TimeSpan.FromDays(30), policy?.Quarantine?.Value ?? TimeSpan.FromDays(30)),
            LogsIncomingSignatures = policy?.LogsIncomingSignatures?.Value ?? true,
        };

    public static LogModel Resolve(LogConfig? log) =>
        new(
            log?.Level?.Value ?? LogLevel.Information,
            log?.Format?.Value ?? LogFormat.Text,
            log?.Recipients?.Value ?? RecipientLogging.Hash);
}
