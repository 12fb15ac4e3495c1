namespace OutreachRelay.Http;

/// <summary>Whom an HTTP listener is for.</summary>
public enum HttpSide
{
    /// <summary><c>[http].address</c> beside a public listener: operators, monitors, balancers.</summary>
    Operators,

    /// <summary><c>[http].public_address</c>: recipients and providers, which is to say strangers.</summary>
    Strangers,

    /// <summary><c>[http].address</c> alone.</summary>
    Both,
}

/// <summary>The one place that says which listener serves which path.</summary>
public static class ListenerRule
{
    // Unsubscribe links and provider webhooks. What is not named here, strangers never reach.
    private static readonly PathString[] ForStrangers = ["/u", "/webhooks"];

    public static bool Serves(HttpSide side, PathString path) =>
        side == HttpSide.Both || IsForStrangers(path) == (side == HttpSide.Strangers);

    /// <summary>Answers 404 to every path that is not of this side, whatever is mapped.</summary>
    public static void UseListenerRule(this IApplicationBuilder app, HttpSide side) => app.Use((context, next) =>
    {
        if (Serves(side, context.Request.Path))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });

    private static bool IsForStrangers(PathString path)
    {
        foreach (var start in ForStrangers)
        {
            if (path.StartsWithSegments(start))
                return true;
        }
        return false;
    }
}
