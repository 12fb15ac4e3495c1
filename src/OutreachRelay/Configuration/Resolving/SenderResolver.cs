using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves senders, with what their pools give them.</summary>
internal sealed class SenderResolver
{
    private const int DefaultDailyLimit = 50;
    private const int DefaultIdleDays = 30;

    private readonly NameTable<UpstreamModel> _upstreams;
    private readonly RegisteredDomains _registered;
    private readonly Dictionary<(SendWindow Window, string Zone), SendCalendar> _calendars = [];
    private readonly Dictionary<string, DateOnly> _domainStarts = new(StringComparer.Ordinal);

    /// <param name="all">The senders of all pools.</param>
    public SenderResolver(NameTable<UpstreamModel> upstreams, RegisteredDomains registered, IEnumerable<SenderConfig> all)
    {
        (_upstreams, _registered) = (upstreams, registered);
        foreach (var sender in all)
        {
            if (sender is not { Address.Value.AsciiDomain: var name, WarmupStart.Value: var start })
                continue;
            var domain = registered.Of(name);
            if (!_domainStarts.TryGetValue(domain, out var first) || start < first)
                _domainStarts[domain] = start;
        }
    }

    /// <returns><see langword="null"/> for a sender that has an error.</returns>
    public SenderModel? Resolve(SenderConfig sender, PoolConfig pool, PoolModel? model)
    {
        foreach (var upstream in sender.Upstreams)
            _upstreams.Find(upstream);
        if (sender.Address is not { Value: var address } || model is null)
            return null;
        var registered = _registered.Of(address.AsciiDomain);
        var zone = sender.TimeZone?.Value ?? pool.TimeZone?.Value ?? TimeZoneInfo.Utc;
        return new SenderModel
        {
            Address = address,
            Key = address.Key,
            Domain = address.AsciiDomain,
            RegisteredDomain = registered,
            DisplayName = sender.DisplayName?.Value ?? "",
            Pool = model.Name,
            DailyLimit = sender.DailyLimit?.Value ?? pool.DailyLimit?.Value ?? DefaultDailyLimit,
            Weight = sender.Weight?.Value ?? 1,
            TimeZone = zone,
            Calendar = CalendarOf(pool.Window?.Value ?? SendWindow.Always, zone),
            Warmup = WarmupOf(sender, pool),
            DomainWarmupSince = model.DomainWarmup is not null && _domainStarts.TryGetValue(registered, out var start) ? start : null,
            Upstreams = [.. sender.Upstreams.Select(upstream => upstream.Value)],
        };
    }

    private SendCalendar CalendarOf(SendWindow window, TimeZoneInfo zone)
    {
        if (!_calendars.TryGetValue((window, zone.Id), out var calendar))
            _calendars.Add((window, zone.Id), calendar = new SendCalendar(window, zone));
        return calendar;
    }

    private static WarmupModel? WarmupOf(SenderConfig sender, PoolConfig pool) =>
        pool.Warmup?.Ramp is { } ramp && sender.WarmupStart is { Value: var since }
            ? new WarmupModel(ramp.Start, ramp.Step, since, pool.WarmupIdle?.Value.Days ?? DefaultIdleDays)
            : null;
}
