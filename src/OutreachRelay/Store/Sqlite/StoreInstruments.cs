using System.Diagnostics.Metrics;
using OutreachRelay.Observe;

namespace OutreachRelay.Store.Sqlite;

/// <summary>The writer's instruments; none has tags.</summary>
internal static class StoreInstruments
{
    private static readonly Histogram<int> CommitItems =
        RelayMeter.Instance.CreateHistogram<int>("outreach_store_commit_items", "{write}", "Writes that shared one commit.");

    private static readonly Histogram<double> CommitSeconds =
        RelayMeter.Instance.CreateHistogram<double>("outreach_store_commit", "s", "Time of a COMMIT with its flush.");

    private static readonly Counter<long> Failures =
        RelayMeter.Instance.CreateCounter<long>("outreach_store_failures", "{failure}", "Groups that could not be written.");

    internal static void Committed(int items, TimeSpan time)
    {
        CommitItems.Record(items);
        CommitSeconds.Record(time.TotalSeconds);
    }

    internal static void Failed() => Failures.Add(1);
}
