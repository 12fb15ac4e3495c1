using OutreachRelay.Configuration;

namespace OutreachRelay.Policy.Rotate.Forecast;

/// <summary>Plays the coming days through: what holds a unit leaves on its date, other mail where it finds room, in the order in which it waits.</summary>
/// <remarks>
/// Whole days are counted, not minutes: a window, a gap and a cap say how many mails a date takes. Senders that are paused stay paused, upstreams
/// take what comes, and mail is sent evenly over the senders without changing any total.
/// </remarks>
public sealed class ForecastRun
{
    private readonly RelayModel _model;
    private readonly DateTimeOffset _now;
    private readonly long _perDay;
    private readonly List<PoolDemand> _pools = [];
    private readonly List<DirectionDemand> _directions = [];

    /// <param name="ledger">The counters and senders' states; the run counts on it, so it is nobody else's.</param>
    /// <param name="clock">For the senders' local dates; nobody else's either.</param>
    /// <param name="queue">Mail without an attempt, and how much there is of each kind.</param>
    /// <param name="perDay">First mails that each direction is assumed to bring every day.</param>
    public ForecastRun(
        RelayModel model, BudgetLedger ledger, RotationClock clock, DateTimeOffset now, IEnumerable<KeyValuePair<WaitingMail, long>> queue, long perDay)
    {
        (_model, _now, _perDay) = (model, now, perDay);
        var rotation = new Rotation(ledger, new AssignmentCache(), clock);
        var pools = new Dictionary<string, PoolDemand>();
        foreach (var pool in model.Pools.Values.OrderBy(static pool => pool.Name, StringComparer.Ordinal))
        {
            var seats = new PoolSeats(pool, pool.Senders.Select(sender => rotation.MemberNeedsLock(model, sender.Key)!), now);
            _pools.Add(pools[pool.Name] = new PoolDemand(seats));
        }
        foreach (var client in model.Clients.Values.OrderBy(static client => client.Name, StringComparer.Ordinal))
        {
            foreach (var direction in client.Directions.Values.OrderBy(static direction => direction.Name, StringComparer.Ordinal))
            {
                var pool = pools[direction.Pool.Name];
                _directions.Add(new DirectionDemand(direction, pool, rotation.Shared(client, direction)));
                pool.Directions.Add(_directions[^1]);
            }
        }
        First = _pools.Count == 0 ? DateOnly.FromDateTime(now.UtcDateTime) : _pools.Min(static pool => pool.Seats.FirstDate);
        foreach (var (mail, count) in queue)
            Add(mail, count);
    }

    /// <summary>The first date: the earliest that is today for a sender.</summary>
    public DateOnly First { get; }

    /// <summary>The days from <see cref="First"/> on, each computed when it is asked for. To be walked once.</summary>
    public IEnumerable<ForecastDay> Days(int count)
    {
        for (var date = First; date < First.AddDays(count); date = date.AddDays(1))
        {
            var start = date == First ? _now : _now.AddDays(date.DayNumber - First.DayNumber);
            foreach (var direction in _directions)
                direction.Free.Add(new MailBatch(date, date.AddDays((int)Math.Min(_model.Delivery.Expire.TotalDays, 3650)), _perDay));
            foreach (var pool in _pools)
                pool.Begin(date, start);
            SendFree(date);
            yield return new ForecastDay(date, [.. _pools.Select(static pool => pool.End())]);
        }
    }

    // Directions take turns, each with a share of what it has, so that none takes all that is shared.
    private void SendFree(DateOnly date)
    {
        for (var sent = true; sent;)
        {
            sent = false;
            foreach (var direction in _directions)
            {
                if (direction.Free.CountOn(date) is not (> 0 and var waiting))
                    continue;
                var now = direction.SendFree(1 + (waiting / 4));
                direction.Pool.Expected += now;
                sent |= now > 0;
            }
        }
    }

    private void Add(WaitingMail mail, long count)
    {
        if (_directions.Find(direction => direction.Model.Client == mail.Client && direction.Model.Name == mail.Direction) is not { } demand)
            return;
        var batch = new MailBatch(mail.From, mail.Expires, count);
        var seat = demand.Pool.Seats.Find(mail.Sender);
        // A first mail does not wait for a sender that is paused, and none for one that is gone.
        if (seat < 0 || (!mail.IsFollowUp && demand.Pool.Seats.Members[seat].State.IsPaused))
            demand.Free.Add(batch);
        else
            demand.Pool.AddBound(seat, demand, mail.UnitDate >= First ? mail.UnitDate : null, batch);
    }
}
