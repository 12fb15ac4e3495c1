namespace OutreachRelay.Configuration.Reading;

/// <summary><c>[alerts]</c>: who hears of trouble.</summary>
public sealed record AlertsConfig
{
    public Setting<TextOrSecret>? Webhook { get; init; }
    public Setting<TimeSpan>? Repeat { get; init; }

    internal static AlertsConfig Read(SectionReader reader) => new()
    {
        Webhook = reader.Read("webhook", Secrets.TextOrReference),
        Repeat = reader.Read("repeat", Quantities.Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(7))),
    };
}
