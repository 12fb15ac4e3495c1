using System.Collections.Immutable;
using OutreachRelay.Observe;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>One request of the operator: reads whom it means, applies the action, and answers with one result per entry.</summary>
/// <param name="states">The states that a filter looks at.</param>
internal sealed class OperatorAction(AdminParts parts, EntryActionKind kind, EntryState[] states, string who)
{
    public async Task RunAsync(HttpContext context)
    {
        var request = Check(await JsonBody.ReadAsync(context, ApiJson.Default.ActionRequest));
        var reply = request.Ids.IsDefaultOrEmpty
            ? await ApplyToPageAsync(request, context.RequestAborted)
            : await ApplyToIdsAsync(request, context.RequestAborted);
        if (reply.Results.Any(static result => result.Outcome == ActionOutcome.Done))
            parts.QueueChanged();
        await context.Response.WriteJsonAsync(reply, ApiJson.Default.ActionReply);
    }

    private async Task<ActionReply> ApplyToPageAsync(ActionRequest request, CancellationToken cancel)
    {
        var filter = request.ToFilter(states, QueueEndpoints.Id(request.After, "after"), ActionLimits.MaxIds);
        var page = await parts.Store.ListAsync(filter, cancel);
        var results = await ApplyAsync([.. page.Entries.Select(static entry => entry.Id)], request);
        return new ActionReply(results, QueueEndpoints.Next(page));
    }

    private async Task<ActionReply> ApplyToIdsAsync(ActionRequest request, CancellationToken cancel)
    {
        var known = new List<long>();
        var refused = new List<ActionReport>();
        foreach (var text in request.Ids.Distinct())
        {
            if (!QueueId.TryParse(text, out var id))
                refused.Add(new ActionReport(VisibleText.Escape(text, 32), ActionOutcome.Unknown, null));
            else if (await IsElsewhereAsync(id, cancel) is { } state)
                refused.Add(new ActionReport(QueueId.Format(id), ActionOutcome.WrongState, state));
            else
                known.Add(id);
        }
        var results = await ApplyAsync([.. known.Distinct()], request);
        return new ActionReply([.. results, .. refused], null);
    }

    // The store drops whatever is unfinished; who drops dead letters does not mean to drop one that has been requeued since.
    private async Task<EntryState?> IsElsewhereAsync(long id, CancellationToken cancel)
    {
        if (kind != EntryActionKind.Drop || states is not [EntryState.Dead])
            return null;
        var entries = await parts.Store.ListAsync(new EntryFilter { Id = id, States = Enum.GetValues<EntryState>(), Limit = ActionLimits.MaxIds }, cancel);
        return entries.Entries.FirstOrDefault(entry => entry.Id == id) is { State: not EntryState.Dead } entry ? entry.State : null;
    }

    private async Task<ImmutableArray<ActionReport>> ApplyAsync(ImmutableArray<long> ids, ActionRequest request)
    {
        if (ids.IsEmpty)
            return [];
        var action = new EntryAction(kind, ids, who, VisibleText.Escape(request.Reason, ActionLimits.MaxReason), parts.GiveBack)
        {
            ExpiresAt = kind == EntryActionKind.Requeue ? parts.Time.GetUtcNow() + parts.State.Model.Delivery.Expire : null,
            EvenIfSent = request.EvenIfSent,
        };
        var results = await parts.Store.ApplyAsync(action);
        return [.. results.Select(static result => new ActionReport(QueueId.Format(result.Id), result.Outcome, result.Entry?.State))];
    }

    private ActionRequest Check(ActionRequest request)
    {
        if (request.EvenIfSent && kind != EntryActionKind.Requeue)
            throw new BadRequestException("even_if_sent is for a requeue");
        var byFilter = request.All || !request.IsEmpty;
        if (request.Ids.IsDefaultOrEmpty != byFilter)
            throw new BadRequestException("give either ids, or a selection such as client or upstream, or all");
        if (!byFilter && request.Ids.Length > ActionLimits.MaxIds)
            throw new BadRequestException($"more than {ActionLimits.MaxIds} ids");
        return request;
    }
}
