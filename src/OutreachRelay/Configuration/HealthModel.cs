namespace OutreachRelay.Configuration;

/// <summary>When a sender is paused for what becomes of its mail.</summary>
public sealed record HealthModel
{
    /// <summary>The share of bad outcomes above which it is.</summary>
    public double PauseBounceRate { get; init; } = 0.10;

    /// <summary>Outcomes before that share is looked at.</summary>
    public int PauseMinSamples { get; init; } = 20;

    /// <summary>How long the first pause lasts at least.</summary>
    public TimeSpan PauseDwell { get; init; } = TimeSpan.FromDays(1);

    /// <summary>So many complaints pause it.</summary>
    public int PauseComplaints { get; init; } = 2;
}
