using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Store;

namespace OutreachRelay.Tests;

/// <summary>The rotation put together as the relay does.</summary>
internal sealed class RotationParts
{
    public RotationParts(TimeProvider time, IStore store, BudgetLedger? ledger = null, AssignmentCache? assignments = null)
    {
        Ledger = ledger ?? new BudgetLedger();
        Assignments = assignments ?? new AssignmentCache();
        var clock = new RotationClock(time);
        Rotation = new Rotation(Ledger, Assignments, clock);
        Lineup = new SenderLineup(Ledger, Rotation, clock);
        Gates = new SenderGates(Ledger, Rotation, clock, seed: 1);
        Room = new DayRoom(store, Rotation);
        Due = new DueEntries(store, Rotation, Assignments, Room);
        Budgets = new UpstreamBudgets(Ledger, time);
    }

    public BudgetLedger Ledger { get; }
    public AssignmentCache Assignments { get; }
    public Rotation Rotation { get; }
    public SenderLineup Lineup { get; }
    public SenderGates Gates { get; }
    public DayRoom Room { get; }
    public DueEntries Due { get; }
    public UpstreamBudgets Budgets { get; }
}
