using OutreachRelay.Deliver.Upstreams;

namespace OutreachRelay.Deliver;

/// <summary>Tells the operator of upstreams whose budget is nearly used up, or is: each once a day.</summary>
public sealed partial class BudgetWatch(UpstreamBudgets budgets, ILogger<BudgetWatch> logger)
{
    private readonly Dictionary<string, DateOnly> _near = [];
    private readonly Dictionary<string, DateOnly> _full = [];

    /// <summary>Looks at all of them. One caller at a time.</summary>
    public void Look(IEnumerable<UpstreamState> upstreams)
    {
        foreach (var model in upstreams.Select(upstream => upstream.Model))
        {
            var use = budgets.Use(model);
            if (use.SpentShare >= Configuration.UpstreamLimits.WarnAt && IsNews(_near, model.Name, use.Date))
                Log.NearlySpent(logger, model.Name, use.Spend, use.Limits.MonthlyBudget!.Value, use.SpentShare.Value);
            if (use.IsFull && IsNews(_full, model.Name, use.Date))
                Log.Full(logger, model.Name, use.Until!.Value, use.Reason);
        }
    }

    private static bool IsNews(Dictionary<string, DateOnly> told, string upstream, DateOnly today)
    {
        if (told.GetValueOrDefault(upstream) == today)
            return false;
        told[upstream] = today;
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(2050, LogLevel.Warning, "Upstream {Upstream} has used {Spend:0.00} of this month's budget of {Budget:0.00} ({Share:P0})")]
        public static partial void NearlySpent(ILogger logger, string upstream, decimal spend, decimal budget, double share);

        [LoggerMessage(2051, LogLevel.Warning, "Upstream {Upstream} gets no mail until {Until:u}: {Reason}")]
        public static partial void Full(ILogger logger, string upstream, DateTimeOffset until, string reason);
    }
}
