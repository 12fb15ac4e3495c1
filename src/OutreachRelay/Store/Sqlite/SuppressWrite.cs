using System.Collections.Immutable;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Suppresses recipients, or counts what may come to that.</summary>
internal sealed class SuppressWrite(IReadOnlyList<SuppressRequest> requests) : Write<ImmutableArray<SuppressOutcome>>
{
    private readonly SuppressOutcome[] _outcomes = new SuppressOutcome[requests.Count];

    internal override void Apply(WriteSession session)
    {
        for (var i = 0; i < requests.Count; i++)
            _outcomes[i] = Apply(session, requests[i]);
    }

    internal override void Publish(WriteSession session) => Complete([.. _outcomes]);

    internal override void Refuse(StoreHealth health)
    {
        Array.Fill(_outcomes, SuppressOutcome.Unavailable);
        Complete([.. _outcomes]);
    }

    /// <summary>As part of the open transaction, also of another write.</summary>
    internal static SuppressOutcome Apply(WriteSession session, SuppressRequest request)
    {
        var client = request.Scope.Client is { } name ? session.Names.Intern(name) : 0;
        var direction = request.Scope.Direction is { } part ? session.Names.Intern(part) : 0;
        var until = request.Until?.ToUnixTimeMilliseconds();
        if (request is { Reason: SuppressionReason.SoftBounce, Rule: { } rule })
        {
            var at = request.At.ToUnixTimeMilliseconds();
            var since = Math.Max(at - (long)rule.Span.TotalMilliseconds, session.Suppressions.LastDelivery(request.Address, client));
            if (session.Suppressions.CountBounce(request.Recipient, client, at, since) < rule.Count)
                return SuppressOutcome.Counted;
            session.Suppressions.DeleteBounces(request.Recipient, client);
            until = at + (long)rule.Quarantine.TotalMilliseconds;
        }
        var old = session.Suppressions.Find(request.Recipient, client, direction);
        if (old is { } known && (known.Until is null || known.Until > session.Now)
            && Weight(known.Reason, known.Until).CompareTo(Weight(request.Reason, until)) >= 0)
            return SuppressOutcome.Existing;
        if (request.EntryId is { } entry)
            RecordOn(session, entry, request);
        session.Suppressions.Save(request, client, direction, until, request.Address ?? (request.EntryId is { } id ? session.Suppressions.AddressOf(id) : null));
        return old is null ? SuppressOutcome.Added : SuppressOutcome.Changed;
    }

    // What a person said counts more than what was observed, and what lasts more than what ends. Equal ones keep the time of the first.
    private static (int Kind, long Until) Weight(SuppressionReason reason, long? until) =>
        (SuppressionRecord.IsAsked(reason) ? 2 : until is null ? 1 : 0, until ?? long.MaxValue);

    private static void RecordOn(WriteSession session, long entryId, SuppressRequest request)
    {
        if (request.Reason == SuppressionReason.OptOut && session.Entries.TryReadHead(entryId, out _))
            session.History.AddEvent(session.Now, entryId, StoreEventKind.Unsubscribed, "recipient", request.Source);
    }
}

/// <summary>Ends a suppression.</summary>
internal sealed class UnsuppressWrite(RecipientHash recipient, SuppressionScope scope, bool evenIfAsked) : Write<UnsuppressOutcome>
{
    private UnsuppressOutcome _outcome;

    internal override void Apply(WriteSession session)
    {
        _outcome = UnsuppressOutcome.Unknown;
        var client = scope.Client is { } name ? session.Names.Find(name) : 0;
        var direction = scope.Direction is { } part ? session.Names.Find(part) : 0;
        if (client is not { } inClient || direction is not { } inDirection)
            return;
        session.Suppressions.DeleteBounces(recipient, inClient);
        if (session.Suppressions.Find(recipient, inClient, inDirection) is not var (reason, _))
            return;
        if (SuppressionRecord.IsAsked(reason) && !evenIfAsked)
        {
            _outcome = UnsuppressOutcome.Asked;
            return;
        }
        session.Suppressions.Delete(recipient, inClient, inDirection);
        _outcome = UnsuppressOutcome.Done;
    }

    internal override void Publish(WriteSession session) => Complete(_outcome);

    internal override void Refuse(StoreHealth health) => Complete(UnsuppressOutcome.Unavailable);
}
