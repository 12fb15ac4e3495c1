using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using OutreachRelay.Benchmarks.Growth;
using OutreachRelay.Benchmarks.Latency;
using OutreachRelay.Benchmarks.Race;
using OutreachRelay.Benchmarks.Stages;

namespace OutreachRelay.Benchmarks.Page;

/// <summary>The text of <c>performance.md</c>, part after part.</summary>
internal sealed class PerformancePage
{
    private readonly StringBuilder _text = new();

    /// <param name="packages">Of the other mail servers.</param>
    public PerformancePage(string packages) => Add($"""
        # Performance

        This page and its plots are written by `make bench ARGS=page`; run it to have them of your machine. Parts of it: `ARGS=race`, `latency`, `stages`, `growth`.

        Written on {TimeProvider.System.GetUtcNow():d MMMM yyyy} with OutreachRelay {Version()} on {Machine()},
        beside {packages}. Clients, relay and upstream share the machine; they talk over a loopback with TCP segments of {Loopback.LargestSegment:N0} octets. Before it began, the load average was {LoadAverage()}: that is what the machine did besides. On a quiet
        machine, ratios of rounds that ran one after the other can be relied on, and rates cannot be carried to another. On a busy one only processor times, allocations and
        the shape of a curve can: a server of many processes then gets a larger share of the processors than one of few threads, and every wait is the machine's as well.

        """);

    public override string ToString() => _text.ToString();

    /// <param name="plain">The relay and Postfix.</param>
    /// <param name="signed">The same, where the relay signs.</param>
    /// <param name="slow">The relay and those beside which rounds of the two would lie minutes apart.</param>
    public void Append(RaceFigures plain, RaceFigures signed, RaceFigures slow)
    {
        Add($"""

            ## Beside other mail servers

            `smtp-source` → server → `smtp-sink` with 50 sessions, each server with a sink of its own and all in turns. The relay has 1,200 senders, rewrites `From`, looks up
            suppressions, scores the content, and flushes to disk before each `250`; log level `info`. The others are smart hosts with
            their brakes off and their flushes as installed. All have run for a while before. Medians of {plain.Races[0].Contestants[0].Rounds.Count} rounds of {plain.Races[0].Discipline.Messages:N0} messages, and from the lowest to the
            highest; *delivered* is counted at the sink. Memory: the relay's peak, for the others the sum of their processes at the end. Exim's processes cannot be followed. Exim gets a fifth of the messages and
            OpenSMTPD a twentieth, so that a round takes no minutes. OpenSMTPD listens with a backlog of five connections, which nothing configures: of fifty clients that connect at once
            most are heard only when TCP tries again, after one, three and seven seconds. A busy server would meet that too.


            """);
        Append(plain.Races);
        Add($"\nWith an RSA signature of 2,048 bits in each message, which only the relay makes:\n\n");
        Append(signed.Races);
        Add($"\nIn a race of their own, of {slow.Races[0].Contestants[0].Rounds.Count} rounds of {slow.Races[0].Discipline.Messages:N0} messages, because these are slow:\n\n");
        foreach (var missing in slow.Missing)
            Add($"Not there, and so not raced: {missing}.\n\n");
        Append(slow.Races);
    }

    public void Append(LatencyReport latency)
    {
        Add($"""

            ## How long a client waits

            From the final dot to `250`, at half of the {latency.TopRate:N0} messages per second that the relay delivered at most just before; it delivers meanwhile. {latency.Messages:N0} messages of
            4 KiB leave by a fixed timetable, whatever the relay does: connections wait with `DATA` open for their turn, and where none is ready the message's time runs from
            its turn on, so that a stall is seen by all whom it would have kept waiting. In milliseconds; of {latency.Places[0].Rounds.Count} rounds, in turns where there are two places, the median, and from the
            lowest to the highest. The rounds are short, so that what stalls the machine now and then is in some of them and not in others; what all of them met together
            stands beside. Asked: 99 % below 10 ms.

            | data directory | half of a round within | 99 % of a round | 99 % of all rounds | 99.9 % of all | the longest | had to wait for a connection | a thread wakes within, 99 % | the disk alone, 99 % |
            |---|---|---|---|---|---|---|---|---|

            """);
        foreach (var place in latency.Places)
            Add($"| {place.Place} | {Times(place, r => r.Waits.At(0.5))} | {Times(place, r => r.Waits.At(0.99))} | {place.Waits.At(0.99):F1} | {place.Waits.At(0.999):F1} | {place.Waits.At(1):F1} | {place.Late:P2} | {Times(place, r => r.Wake)} | {Times(place, r => r.Bare)} |\n");
        Add($"""

            The last two columns are the machine's own share. By how much a thread of the client that sleeps until its turn is woken too late; a reply passes through several
            threads. And how long the same timetable waits for a bare loop that appends each message to a file beside the data and flushes once for all whose turn has
            come, half of it before and half after: less no server on this disk can keep its clients waiting that has the mail there before it replies. In memory
            (`/dev/shm`) there is nothing to flush and nothing is safe: what a client waits there is the relay's own part and that of the processors, and the rest is the disk's.

            """);
    }

    public void Append(IReadOnlyList<StageFigures> stages)
    {
        Add($"""

            ## What each stage costs by itself

            The product's own classes in the benchmark's process, 4 KiB, one recipient. Processor time of the process, user and system, without that of the client or of the
            upstream; octets of managed memory.

            | stage | what | CPU µs per message | octets allocated per message |
            |---|---|---|---|

            """);
        foreach (var stage in stages)
            Add($"| {stage.Name} | {stage.What} | {stage.Cpu:N0} | {stage.Allocated:N0} |\n");
    }

    public void AppendLimit(RaceFigures plain, RaceFigures signed) => _text.Append(LimitText.Write(plain, signed));

    public void Append(GrowthCurve curve)
    {
        Add($"\n## {curve.Title}\n\n{curve.Text}\n\n![{curve.Columns[1]} by {curve.Columns[0]}](performance/{curve.Name}.svg)\n\n");
        Add($"| {string.Join(" | ", curve.Columns)} |\n|{string.Concat(Enumerable.Repeat("---|", curve.Columns.Length))}\n");
        foreach (var row in curve.Rows)
            Add($"| {string.Join(" | ", row.Select(Number))} |\n");
    }

    private void Append(IReadOnlyList<DisciplineFigures> races)
    {
        Add($"| connections, body | server | accepted/s | delivered/s | CPU µs per message | memory, MB | the relay delivers |\n|---|---|---|---|---|---|---|\n");
        foreach (var (discipline, contestants) in races.Select(static race => (race.Discipline, race.Contestants)))
        {
            foreach (var one in contestants)
            {
                var ratio = one == contestants[0] ? "" : Text(contestants[0].Against(one, static (a, b) => a.Delivered / b.Delivered), "0.0", " ×");
                var cpu = one.Of(static round => round.Cpu * 1e6).Median;
                var memory = one.Of(static round => round.Memory / 1e6).Median;
                Add($"| {Name(discipline)} | {one.Name} | {Text(one.Of(static round => round.Accepted))} | {Text(one.Of(static round => round.Delivered))} | {RaceTable.Known(cpu, "#,0")} | {RaceTable.Known(memory, "#,0")} | {ratio} |\n");
            }
        }
    }

    /// <summary>As in the first column of a race's table.</summary>
    public static string Name(Discipline discipline) => $"{(discipline.Reuse ? "reused" : "one message each")}, {discipline.Size} KiB";

    private static string Text(Spread spread, string format = "#,0", string unit = "") => string.Create(
        CultureInfo.InvariantCulture, $"{spread.Median.ToString(format, CultureInfo.InvariantCulture)}{unit} ({spread.Lowest.ToString(format, CultureInfo.InvariantCulture)} to {spread.Highest.ToString(format, CultureInfo.InvariantCulture)})");

    private static string Times(LatencyFigures place, Func<LatencyRound, double> time) => Text(place.Of(time), "F1");

    /// <summary>As people write it: with a decimal only where it tells something.</summary>
    public static string Number(double value) => value.ToString(value < 100 ? "0.#" : "#,0", CultureInfo.InvariantCulture);

    private void Add(FormattableString text) => _text.Append(text.ToString(CultureInfo.InvariantCulture));

    // With the commit, where the build knows it, as far as people write it.
    private static string Version() =>
        typeof(RelayHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is [var number, { Length: > 8 } commit]
            ? $"{number} ({commit[..8]})" : RelayHost.Version;

    // Of the last minute (proc_loadavg(5)).
    private static string LoadAverage() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private static string Machine()
    {
        var processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "an unnamed processor";
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30;
        return string.Create(
            CultureInfo.InvariantCulture, $"{processor} with {Environment.ProcessorCount} cores and {memory} GiB, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
    }
}
