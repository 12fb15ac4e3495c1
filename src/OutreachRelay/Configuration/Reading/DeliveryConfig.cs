using System.Collections.Immutable;

namespace OutreachRelay.Configuration.Reading;

/// <summary><c>[delivery]</c>: how entries are retried and when they end.</summary>
public sealed record DeliveryConfig
{
    public required Place Place { get; init; }
    public Setting<ImmutableArray<Setting<TimeSpan>>>? Retry { get; init; }
    public Setting<TimeSpan>? Expire { get; init; }
    public Setting<TimeSpan>? ProbeInterval { get; init; }
    public Setting<InDoubtAction>? InDoubt { get; init; }
    public Setting<TimeSpan>? InDoubtWait { get; init; }
    public Setting<NoSlotAction>? NoSlot { get; init; }
    public Setting<TimeSpan>? Grace { get; init; }
    public Setting<TimeSpan>? Retention { get; init; }

    internal static DeliveryConfig Read(SectionReader reader) => new()
    {
        Place = reader.Place,
        Retry = ReadRetry(reader),
        Expire = reader.Read("expire", Quantities.Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(60))),
        ProbeInterval = reader.Read("probe_interval", Quantities.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1))),
        InDoubt = reader.Read("in_doubt", Values.Choice(("retry", InDoubtAction.Retry), ("hold", InDoubtAction.Hold))),
        InDoubtWait = reader.Read("in_doubt_wait", Quantities.Duration(TimeSpan.Zero, TimeSpan.FromDays(7))),
        NoSlot = reader.Read("no_slot", Values.Choice(("refuse", NoSlotAction.Refuse), ("accept", NoSlotAction.Accept))),
        Grace = reader.Read("grace", Quantities.Duration(TimeSpan.Zero, TimeSpan.FromHours(1))),
        Retention = reader.Read("retention", Quantities.Duration(TimeSpan.Zero, TimeSpan.FromDays(3650))),
    };

    private static Setting<ImmutableArray<Setting<TimeSpan>>>? ReadRetry(SectionReader reader)
    {
        var retry = reader.ReadList("retry", Quantities.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(7)));
        if (retry?.Value.Length > 100)
            reader.Problems.Error(retry.Place, "expected at most 100 waits");
        return retry;
    }
}
