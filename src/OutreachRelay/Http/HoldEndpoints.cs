using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Observe;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary><c>GET /holds</c>, <c>POST /holds</c> and <c>POST /holds/release</c>: scopes whose mail stops.</summary>
internal static class HoldEndpoints
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    public static void MapHolds(this AdminApi.GuardedRoutes routes, AdminParts parts)
    {
        routes.Get("/holds", context => WriteAsync(context, parts.Schedule.Holds.All));
        routes.Post("/holds", (context, who) => HoldAsync(context, parts, who));
        routes.Post("/holds/release", (context, who) => ReleaseAsync(context, parts, who));
    }

    private static async Task HoldAsync(HttpContext context, AdminParts parts, string who)
    {
        var request = await JsonBody.ReadAsync(context, ApiJson.Default.HoldRequest);
        var scope = Scope(request);
        CheckNames(scope, parts.State.Model);
        if (string.IsNullOrWhiteSpace(request.Reason))
            throw new BadRequestException("a hold needs a reason");
        if (request.For < 1 || request.For > Longest.TotalSeconds)
            throw new BadRequestException("for is not a number of seconds from 1 on, or too long");
        var held = parts.Schedule.Holds.All;
        if (held.Length >= HoldBook.MostHolds && !held.Any(hold => hold.Scope == scope))
            throw new BadRequestException($"{HoldBook.MostHolds} scopes are held, which is the most: release one first");
        DateTimeOffset? until = request.For is { } seconds ? parts.Time.GetUtcNow().AddSeconds(seconds) : null;
        if (await parts.Holds.HoldAsync(scope, until, who, VisibleText.Escape(request.Reason, ActionLimits.MaxReason)) is { } hold)
            await WriteAsync(context, [hold]);
        else
            await WriteUnavailableAsync(context);
    }

    // What is released is exactly what was held: a client's hold does not end with that of one of its directions.
    private static async Task ReleaseAsync(HttpContext context, AdminParts parts, string who)
    {
        var request = await JsonBody.ReadAsync(context, ApiJson.Default.HoldRequest);
        if (request.Reason is not null || request.For is not null)
            throw new BadRequestException("a release takes a scope and nothing else");
        var scope = Scope(request);
        var ended = await parts.Holds.EndAsync(hold => request.All || hold.Scope == scope, who);
        if (ended.IsDefault)
            await WriteUnavailableAsync(context);
        else if (ended.IsEmpty && !request.All)
            await context.Response.WriteProblemAsync(StatusCodes.Status404NotFound, $"there is no hold of {VisibleText.Escape(scope.ToString(), 1024)}");
        else
            await WriteAsync(context, ended);
    }

    private static HoldScope Scope(HoldRequest request)
    {
        var scope = new HoldScope
        {
            Client = request.Client,
            Direction = request.Direction,
            Sender = EntrySelection.SenderKey(request.Sender),
            Upstream = request.Upstream,
            RecipientDomain = EntrySelection.DomainKey(request.RecipientDomain),
        };
        if (scope == new HoldScope() != request.All)
            throw new BadRequestException("give client, direction, sender, upstream or recipient_domain, or else all");
        if (scope is { Upstream: not null, RecipientDomain: not null })
            throw new BadRequestException("an upstream cannot be held for one recipient_domain: hold the domain, or the upstream");
        return scope;
    }

    // A hold of a name that nobody has would hold nothing, and the operator would think otherwise.
    private static void CheckNames(HoldScope scope, RelayModel model)
    {
        if (scope.Client is { } client && !model.Clients.ContainsKey(client))
            throw new BadRequestException("there is no client of that name");
        if (scope.Direction is { } direction
            && !model.Clients.Values.Any(owner => (scope.Client is null || owner.Name == scope.Client) && owner.Directions.ContainsKey(direction)))
            throw new BadRequestException("there is no direction of that name");
        if (scope.Sender is { } sender && !model.Senders.ContainsKey(sender))
            throw new BadRequestException("there is no sender of that address");
        if (scope.Upstream is { } upstream && !model.Upstreams.ContainsKey(upstream))
            throw new BadRequestException("there is no upstream of that name");
    }

    private static Task WriteAsync(HttpContext context, ImmutableArray<QueueHold> holds) =>
        context.Response.WriteJsonAsync(new HoldList([.. holds.Select(HoldReport.Of)]), ApiJson.Default.HoldList);

    private static Task WriteUnavailableAsync(HttpContext context) =>
        context.Response.WriteProblemAsync(StatusCodes.Status503ServiceUnavailable, "the store takes no writes; nothing was changed");
}
