using OutreachRelay.Configuration;

namespace OutreachRelay.Policy.Rotate.Forecast;

/// <summary>The mail of one direction that any of its senders may take, and the limits that it has to keep.</summary>
internal sealed class DirectionDemand(DirectionModel model, PoolDemand pool, SharedLimits shared)
{
    private int _seat;

    public DirectionModel Model { get; } = model;
    public PoolDemand Pool { get; } = pool;

    public MailBatches Free { get; } = new();

    public long DirectionRoom(DateOnly date) => Math.Max(0, shared.DirectionLimit - Used(shared.Direction, shared.DirectionLimit, date));

    public long ClientRoom(DateOnly date) => Math.Max(0, shared.ClientLimit - Used(shared.Client, shared.ClientLimit, date));

    public void Begin() => _seat = 0;

    /// <summary>Sends mail from a sender, as far as every limit allows.</summary>
    /// <returns>How much that was.</returns>
    public long Send(int seat, long wanted)
    {
        var (seats, member, date) = (Pool.Seats, Pool.Seats.Members[seat], Pool.Seats.Date);
        var domain = PoolDemand.DomainRoom(member, date);
        var sent = Math.Min(Math.Min(wanted, seats.Room[seat]), Math.Min(domain, Math.Min(DirectionRoom(date), ClientRoom(date))));
        if (sent <= 0)
            return 0;
        seats.Room[seat] -= sent;
        foreach (var counter in (ReadOnlySpan<BudgetCounter>)[member.State.Domain.Units, shared.Direction, shared.Client])
            counter.AddPending(date, (int)Math.Min(sent, int.MaxValue));
        return sent;
    }

    /// <summary>Sends free mail from one sender after the other. Within a day rooms only shrink, so none is looked at twice.</summary>
    /// <returns>How much that was.</returns>
    public long SendFree(long wanted)
    {
        var sent = 0L;
        while (sent < wanted && _seat < Pool.Seats.Members.Length)
        {
            if (Carries(Pool.Seats.Members[_seat]) && Send(_seat, wanted - sent) is > 0 and var now)
                sent += now;
            else if (DirectionRoom(Pool.Seats.Date) == 0 || ClientRoom(Pool.Seats.Date) == 0)
                break;
            else
                _seat++;
        }
        Free.Take(Pool.Seats.Date, sent);
        return sent;
    }

    /// <summary>Whether a sender may be chosen for a first mail of the direction.</summary>
    public bool Carries(PoolMember member) => member.Model.Weight > 0 && Model.CanCarry(member.Model);

    /// <summary>What keeps first mails of the direction back on the day.</summary>
    public ForecastLimit Limit() => SharedLimit() ?? Pool.Limit();

    /// <summary>What keeps the direction's mail of one sender back on the day.</summary>
    public ForecastLimit Limit(int seat) => SharedLimit() ?? Pool.Limit(seat);

    private ForecastLimit? SharedLimit()
    {
        if (DirectionRoom(Pool.Seats.Date) == 0)
            return new ForecastLimit(ForecastLimitKind.DirectionDailyLimit, BudgetKeys.DirectionName(Model.Client, Model.Name), shared.DirectionLimit);
        return ClientRoom(Pool.Seats.Date) == 0 ? new ForecastLimit(ForecastLimitKind.ClientDailyLimit, Model.Client, shared.ClientLimit) : null;
    }

    private static long Used(BudgetCounter counter, long limit, DateOnly date) => limit == long.MaxValue ? 0 : counter.Taken(date);
}
