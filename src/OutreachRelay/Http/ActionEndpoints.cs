using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary><c>POST /queue/{retry,hold,release,drop}</c> and <c>POST /dead/{requeue,drop}</c>.</summary>
internal static class ActionEndpoints
{
    private static readonly EntryState[] Unfinished = [EntryState.Queued, EntryState.Leased, EntryState.InDoubt, EntryState.Held];
    private static readonly EntryState[] Waiting = [EntryState.Queued, EntryState.InDoubt];

    public static void MapActions(this AdminApi.GuardedRoutes routes, AdminParts parts)
    {
        Map("/queue/retry", EntryActionKind.Retry, Waiting);
        Map("/queue/hold", EntryActionKind.Hold, Waiting);
        Map("/queue/release", EntryActionKind.Release, [EntryState.Held]);
        Map("/queue/drop", EntryActionKind.Drop, Unfinished);
        Map("/dead/requeue", EntryActionKind.Requeue, [EntryState.Dead]);
        Map("/dead/drop", EntryActionKind.Drop, [EntryState.Dead]);

        void Map(string path, EntryActionKind kind, EntryState[] states) =>
            routes.Post(path, (context, who) => new OperatorAction(parts, kind, states, who).RunAsync(context));
    }
}
