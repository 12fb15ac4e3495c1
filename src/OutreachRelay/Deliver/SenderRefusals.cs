using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Deliver;

/// <summary>Senders and sender domains that upstreams refuse: each rests at that upstream, and one that a direction's upstreams all refuse is paused.</summary>
/// <remarks>A rest is kept in the store among the conditions of senders, under the upstream's name, a space and its own: no other name has a space there.</remarks>
public sealed partial class SenderRefusals(Schedule schedule, SenderHealth health, IStore store, TimeProvider time, ILogger<SenderRefusals> logger)
{
    /// <summary>Told of each domain that an upstream refuses, with the upstream's name. Set once, before mail leaves.</summary>
    public Action<string, string> DomainRefused { get; set; } = static (_, _) => { };

    /// <summary>Takes over the rests that were kept. Called once, when the schedule has its upstreams.</summary>
    public void Load(ImmutableArray<SenderRecord> records)
    {
        foreach (var record in records)
        {
            if (record.Condition is { Status: SenderStatus.Paused, Until: { } until } condition && until > time.GetUtcNow()
                && record.Name.IndexOf(' ', StringComparison.Ordinal) is > 0 and var space)
                schedule.LoadRefusal(record.Name[..space], record.Name[(space + 1)..], new SenderRest(condition.Since, until, condition.Reason));
        }
    }

    /// <summary>Notes that an upstream refused the sender of an entry, or its domain.</summary>
    public void Note(UpstreamState upstream, RelayModel model, QueueEntry entry, ReplyVerdict meaning, TimeSpan length)
    {
        if (entry.Sender is not { } key || !model.Senders.TryGetValue(key, out var sender))
            return;
        var now = time.GetUtcNow();
        var name = meaning.Action == ReplyAction.PauseDomain ? sender.Domain : key;
        var rest = new SenderRest(now, now + length, meaning.RuleId);
        Log.Rests(logger, upstream.Model.Name, name, rest.Until, meaning.RuleId);
        var refused = schedule.Refuse(upstream, name, rest, sender, entry);
        _ = KeepAsync(upstream.Model.Name, name, new SenderCondition(SenderStatus.Paused, now, rest.Until, 0, meaning.RuleId, null));
        if (meaning.Action == ReplyAction.PauseDomain)
            DomainRefused(name, upstream.Model.Name);
        foreach (var other in refused?.Senders ?? [])
            health.Refuse(other, refused!.Value.Until, $"every upstream of {entry.Client}/{entry.Direction} refuses it, {upstream.Model.Name} by rule {meaning.RuleId}");
    }

    /// <summary>The operator has a sender or domain tried again: what upstreams said of it counts no more.</summary>
    public void End(string name)
    {
        foreach (var upstream in schedule.EndRefusals(name))
            _ = KeepAsync(upstream, name, SenderCondition.Healthy);
    }

    // What is not kept is refused once more after a restart, and then kept.
    private async Task KeepAsync(string upstream, string name, SenderCondition condition)
    {
        try
        {
            if (!await store.SaveConditionAsync($"{upstream} {name}", condition))
                Log.NotKept(logger, null, upstream, name);
        }
        catch (Exception e)
        {
            Log.NotKept(logger, e, upstream, name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2060, LogLevel.Warning, "Upstream {Upstream} refuses {Sender}, which rests there until {Until:u} [{Rule}]")]
        public static partial void Rests(ILogger logger, string upstream, string sender, DateTimeOffset until, string rule);

        [LoggerMessage(2061, LogLevel.Warning, "That upstream {Upstream} refuses {Sender} could not be kept; a restart forgets it")]
        public static partial void NotKept(ILogger logger, Exception? e, string upstream, string sender);
    }
}
