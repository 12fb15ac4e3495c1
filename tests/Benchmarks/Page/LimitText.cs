using System.Globalization;
using System.Text;
using OutreachRelay.Benchmarks.Race;

namespace OutreachRelay.Benchmarks.Page;

/// <summary>Which threads take the time of a message, and what follows from it.</summary>
internal static class LimitText
{
    private const string Writer = "store writer";

    public static string Write(RaceFigures plain, RaceFigures signed)
    {
        var columns = plain.Races.Select(static race => (race.Discipline, race.Inside!, Suffix: ""))
            .Concat(signed.Races.Select(static race => (race.Discipline, race.Inside!, Suffix: ", signed"))).ToList();
        var text = new StringBuilder();
        text.Append("\n## Where the time goes, and the limit of this design\n\nOf the relay in the races above, per message:\n\n");
        text.Append(CultureInfo.InvariantCulture, $"| | {string.Join(" | ", columns.Select(static column => PerformancePage.Name(column.Discipline) + column.Suffix))} |\n");
        text.Append(CultureInfo.InvariantCulture, $"|---|{string.Concat(Enumerable.Repeat("---|", columns.Count))}\n");
        foreach (var thread in columns.SelectMany(static column => column.Item2.Threads).Select(static thread => thread.Name).Distinct())
            Row($"CPU µs, {thread}", static (inside, name) => inside.Of(name), thread);
        Row("octets allocated", static (inside, _) => inside.Allocated, "");
        Row("context switches", static (inside, _) => inside.Switches, "");

        var (fastest, race) = plain.Races.Where(static race => race.Discipline.Reuse).Select(static race => (race.Inside!, race)).First();
        var (all, writer) = (fastest.Threads.Sum(static thread => thread.Micros), fastest.Of(Writer));
        var signature = signed.Races.Where(other => other.Discipline == race.Discipline).Select(other => other.Inside!.Threads.Sum(static thread => thread.Micros) - all).First();
        var delivered = race.Contestants[0].Of(static round => round.Delivered).Median;
        text.Append(string.Create(CultureInfo.InvariantCulture, $"""

            The thread pool's threads speak SMTP on both sides, decide, score, render and sign. The store's writer commits: acceptance, lease and settlement of a message are three
            writes, of which many messages share a transaction and its flush. The thread that waits for sockets gives way to those that work on what it found.

            - **Processors.** A message on a reused connection takes {all:N0} µs of them, so {Environment.ProcessorCount} processors that had nothing else to do would carry {Environment.ProcessorCount * 1e6 / all:N0} messages per second. {delivered:N0}
              were delivered, because the client, the upstream, the kernel's network for them and whatever else ran need the same processors.
            - **One writer.** Every write goes through one thread, which takes {writer:N0} µs of a message. So one relay on SQLite cannot carry more than about {1e6 / writer:N0} messages per
              second, however many processors it has. That is the limit of this design; beyond it are several relays, each with its own senders.
            - **The disk.** A session that waits for each `250` waits for a flush each time; fifty share it. The first curve below shows both ends.
            - **Signatures.** An RSA signature of 2,048 bits adds {signature:N0} µs to those {all:N0}. It is made by the thread pool, so more processors help.

            """));
        return text.ToString();

        void Row(string title, Func<InsideFigures, string, double> value, string name) => text.Append(
            CultureInfo.InvariantCulture,
            $"| {title} | {string.Join(" | ", columns.Select(column => PerformancePage.Number(value(column.Item2, name))))} |\n");
    }
}
