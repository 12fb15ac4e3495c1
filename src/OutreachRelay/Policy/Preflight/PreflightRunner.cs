using System.Collections.Immutable;
using System.Text.Json;
using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Policy.Preflight;

/// <summary>Looks at sender domains again and again, each in its time, and keeps what it finds.</summary>
/// <param name="random">Spreads the times.</param>
public sealed partial class PreflightRunner(
    RelayState relay, IStore store, PreflightState state, TimeProvider time, Random random, ILogger<PreflightRunner> logger)
{
    // Domains at a time: a resolver is not to be flooded by a thousand of them.
    private const int MostAtATime = 4;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    // What is no pass is about to be put right, one hopes.
    private static readonly TimeSpan SoonAgain = TimeSpan.FromMinutes(5);

    private readonly Dictionary<(string Domain, string Upstream), DateTimeOffset> _next = [];

    /// <summary>Takes over what the store kept. Called once, before mail is taken.</summary>
    public async Task LoadAsync(CancellationToken cancel)
    {
        var reports = new List<PreflightReport>();
        foreach (var record in await store.ReadPreflightAsync(cancel))
        {
            if (Read(record) is { } report)
                reports.Add(report);
        }
        state.Load(reports);
    }

    public async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel))
            {
                try
                {
                    await RunDueAsync(cancel);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    Log.Failed(logger, e);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }
    }

    /// <summary>Looks at all that is due now.</summary>
    public async Task RunDueAsync(CancellationToken cancel)
    {
        var model = relay.Model;
        if (model.Policy.Preflight.Mode == PreflightMode.Off)
            return;
        var now = time.GetUtcNow();
        var due = PreflightSubject.Of(model).Where(subject => IsDue(subject, now)).GroupBy(static subject => subject.Domain).ToList();
        if (due.Count == 0)
            return;
        var checkup = PreflightCheckup.Create(model, time);
        var options = new ParallelOptions { MaxDegreeOfParallelism = MostAtATime, CancellationToken = cancel };
        await Parallel.ForEachAsync(due, options, async (domain, cancel) => await CheckAsync(checkup, domain, cancel));
    }

    /// <summary>Has a sender domain looked at without waiting for its time: an upstream says that its mail fails. Returns at once.</summary>
    public void Hasten(string domain, string upstream)
    {
        lock (_next)
            _next[(domain, upstream)] = DateTimeOffset.MinValue;
    }

    /// <summary>Looks at a sender domain now, at all its upstreams.</summary>
    /// <returns>Empty when the configuration has no sender of it whose mail leaves.</returns>
    public async Task<ImmutableArray<PreflightReport>> CheckNowAsync(string domain, CancellationToken cancel)
    {
        var model = relay.Model;
        var subjects = PreflightSubject.Of(model).Where(subject => subject.Domain == domain);
        return await CheckAsync(PreflightCheckup.Create(model, time), subjects, cancel);
    }

    private async Task<ImmutableArray<PreflightReport>> CheckAsync(PreflightCheckup checkup, IEnumerable<PreflightSubject> subjects, CancellationToken cancel)
    {
        var reports = ImmutableArray.CreateBuilder<PreflightReport>();
        var mayBar = false;
        foreach (var subject in subjects)
        {
            var last = state.Find(subject.Domain, subject.Upstream);
            var report = await checkup.CheckAsync(subject, last, cancel);
            reports.Add(report);
            if (state.Mode == PreflightMode.Off)
                continue;
            state.Note(report);
            Plan(report);
            PreflightMetrics.Checked(report);
            Tell(report, last);
            mayBar |= report.Verdict == PreflightVerdict.Fail || last?.Verdict == PreflightVerdict.Fail;
            await store.SavePreflightAsync(new PreflightRecord(
                report.Domain, report.Upstream, report.CheckedAt, JsonSerializer.Serialize(report, PreflightJson.Default.PreflightReport)));
        }
        if (mayBar)
            state.Apply();
        return reports.DrainToImmutable();
    }

    // New pairs, and those of which the configuration says something else, do not wait. Nor does anything longer than it may, when the clock was set.
    private bool IsDue(PreflightSubject subject, DateTimeOffset now)
    {
        if (state.Find(subject.Domain, subject.Upstream) is not { } report || report.Terms != subject.Terms)
            return true;
        lock (_next)
        {
            if (!_next.TryGetValue((subject.Domain, subject.Upstream), out var next))
                _next[(subject.Domain, subject.Upstream)] = next = Next(report);
            return next <= now || next > now + (2 * Wait(report));
        }
    }

    private void Plan(PreflightReport report)
    {
        lock (_next)
            _next[(report.Domain, report.Upstream)] = Next(report);
    }

    private DateTimeOffset Next(PreflightReport report) => report.CheckedAt + (Wait(report) * (0.9 + (0.2 * random.NextDouble())));

    private TimeSpan Wait(PreflightReport report)
    {
        var interval = relay.Model.Policy.Preflight.Interval;
        return report is { Verdict: PreflightVerdict.Pass, IsDoubtful: false } || interval < SoonAgain ? interval : SoonAgain;
    }

    private void Tell(PreflightReport report, PreflightReport? last)
    {
        if (report.Verdict == last?.Verdict)
            return;
        if (report.Verdict == PreflightVerdict.Pass)
            Log.Passes(logger, report.Domain, report.Upstream);
        else
            Log.DoesNotPass(logger, report.Domain, report.Upstream, report.Verdict, report.Reason);
    }

    // What an older or newer program wrote is looked at again.
    private static PreflightReport? Read(PreflightRecord record)
    {
        try
        {
            return JsonSerializer.Deserialize(record.Report, PreflightJson.Default.PreflightReport);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4100, LogLevel.Information, "Preflight passes for {Domain} at {Upstream}")]
        public static partial void Passes(ILogger logger, string domain, string upstream);

        [LoggerMessage(4101, LogLevel.Warning, "Preflight for {Domain} at {Upstream} is {Verdict}: {Reason}")]
        public static partial void DoesNotPass(ILogger logger, string domain, string upstream, PreflightVerdict verdict, string reason);

        [LoggerMessage(4102, LogLevel.Error, "Preflight broke off; trying again")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}
