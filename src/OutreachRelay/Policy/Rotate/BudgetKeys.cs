using System.Collections.Immutable;
using System.Globalization;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Rotate;

/// <summary>Which counters a recipient is counted on: the nodes of the limits' tree, in the order in which they are locked.</summary>
public static class BudgetKeys
{
    public static CounterKey Sender(string key, DateOnly date) => new(CounterScope.Sender, key, date);

    public static CounterKey Domain(string domain, DateOnly date) => new(CounterScope.Domain, domain, date);

    public static CounterKey Direction(string client, string direction, DateOnly date) => new(CounterScope.Direction, DirectionName(client, direction), date);

    /// <summary>The name under which a direction is counted: direction names are unique within a client only.</summary>
    public static string DirectionName(string client, string direction) => client + "/" + direction;

    /// <summary>The name under which outcomes of a direction's mail are counted that went to one upstream. No other name has a <c>&gt;</c>.</summary>
    public static string UpstreamPart(string upstream, string client, string direction) => $"{upstream}>{client}/{direction}";

    /// <summary>The upstream of such a name; <see langword="null"/> for any other.</summary>
    public static string? UpstreamOf(string name) => name.IndexOf('>') is > 0 and var end ? name[..end] : null;

    public static CounterKey Client(string client, DateOnly date) => new(CounterScope.Client, client, date);

    /// <summary>The attempts begun in a clock hour (UTC) by the senders of a domain.</summary>
    public static CounterKey DomainHour(string domain, DateTimeOffset at) => new(
        CounterScope.DomainHour, string.Create(CultureInfo.InvariantCulture, $"{domain} {at.UtcDateTime.Hour:00}h"), DateOnly.FromDateTime(at.UtcDateTime));

    /// <summary>What an upstream carries on a day (UTC).</summary>
    public static CounterKey Upstream(string upstream, DateOnly date) => new(CounterScope.UpstreamDay, upstream, date);

    /// <summary>What an upstream carries in the month of a day (UTC).</summary>
    public static CounterKey UpstreamMonth(string upstream, DateOnly date) => new(CounterScope.UpstreamMonth, upstream, FirstOfMonth(date));

    /// <summary>The date under which a month is counted.</summary>
    public static DateOnly FirstOfMonth(DateOnly date) => date.AddDays(1 - date.Day);

    /// <summary>When the next clock hour begins.</summary>
    public static DateTimeOffset NextHour(DateTimeOffset at) => at.AddTicks(TimeSpan.TicksPerHour - (at.UtcTicks % TimeSpan.TicksPerHour));

    /// <summary>The counters on which an entry holds a unit; none for an entry that holds none.</summary>
    /// <param name="registered">Tells the sender's registered domain, also of one that the model has no more.</param>
    public static ImmutableArray<CounterKey> Of(QueueEntry entry, RegisteredDomains registered)
    {
        if (entry is not { Sender: { } sender, UnitDate: { } date })
            return [];
        var domain = Mailbox.TryParse(sender, out var mailbox, out _) ? registered.Of(mailbox.AsciiDomain) : "";
        ReadOnlySpan<CounterKey> units = [Sender(sender, date), Domain(domain, date), Direction(entry.Client, entry.Direction, date), Client(entry.Client, date)];
        return entry.UnitUsed ? [.. units, new CounterKey(CounterScope.Sent, sender, date)] : [.. units];
    }
}
