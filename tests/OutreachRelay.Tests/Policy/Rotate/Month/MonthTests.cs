using OutreachRelay.Configuration;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Policy.Rotate.Month;

/// <summary>Thirty days of 1,200 senders, first mails in a morning's import and follow-ups all day; every rule of the rotation is checked on what was sent.</summary>
public sealed class MonthTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(2);

    // Follow-ups come so long after the mail that they follow, for so many of those mailed.
    private static readonly TimeSpan FollowUpAfter = TimeSpan.FromDays(3);
    private const double FollowUpShare = 0.3;

    // By how much of its share a sender may be off, and beside that by how many mails: they are whole, and first mails make room for follow-ups,
    // of which chance gives some senders a third more than others.
    private const double Tolerance = 0.02;
    private const int MostWhole = 20;

    private static readonly DateOnly SecondWeek = new(2026, 3, 9);

    private const int LeastFullDays = 8;

    private readonly RelayModel _model = MonthScenario.Model();

    [Fact]
    public async Task L1_L2_L24_L31_ThirtyDays_KeepEveryRule()
    {
        await using var relay = await SimulatedRelay.StartAsync(_model, new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero));
        await LiveAsync(relay, days: 30);
        var sent = relay.Sent;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{sent.Count} mails, {sent.Count(mail => IsFollowUp(mail))} follow-ups, {relay.Queued} wait");

        Assert.InRange(sent.Count, 80_000, 300_000);
        CapsHold(sent);
        WindowsAndGapsHold(sent);
        FollowUpsKeepTheirSender(sent);
        FollowUpsDoNotWaitForFirstMails(sent);
        SharesFollowWeightsAndCaps(sent);
        TheDayIsEven(sent);
    }

    private async Task LiveAsync(SimulatedRelay relay, int days)
    {
        var random = new Random(4);
        var followUps = new PriorityQueue<(string Client, string Recipient), DateTimeOffset>();
        var (end, seen, number) = (relay.Time.GetUtcNow().AddDays(days), 0, 0);
        while (relay.Time.GetUtcNow() is var now && now < end)
        {
            // Night and weekend are one step: nothing comes and nothing leaves.
            await relay.StepAsync(now.Hour is >= 6 and < 23 && now.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) ? Step : TimeSpan.FromHours(1));
            now = relay.Time.GetUtcNow();
            foreach (var (name, address, _, firstMails) in MonthScenario.Clients)
            {
                var arriving = new List<string>();
                if (now.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && now is { Hour: 8, Minute: >= 30 } && now.Minute < 30 + Step.TotalMinutes)
                    arriving.AddRange(Enumerable.Range(0, (int)(firstMails * (0.7 + (0.6 * random.NextDouble())))).Select(_ => $"r{number++}@{name}.test"));
                await relay.SubmitAsync(address, arriving);
            }
            var due = new List<(string Client, string Recipient)>();
            while (followUps.TryPeek(out _, out var at) && at <= now)
                due.Add(followUps.Dequeue());
            foreach (var client in due.GroupBy(followUp => followUp.Client))
                await relay.SubmitAsync(MonthScenario.Clients.Single(known => known.Name == client.Key).Address, client.Select(followUp => followUp.Recipient));
            await relay.StepAsync(TimeSpan.Zero);
            for (; seen < relay.Sent.Count; seen++)
            {
                if (!IsFollowUp(relay.Sent[seen]) && random.NextDouble() < FollowUpShare)
                    followUps.Enqueue((relay.Sent[seen].Client, relay.Sent[seen].Recipient), now + FollowUpAfter);
            }
        }
    }

    private static bool IsFollowUp(SentMail mail) => mail.Rank == EntryRank.FollowUp;

    private void CapsHold(List<SentMail> sent)
    {
        foreach (var day in sent.GroupBy(mail => (mail.Sender, mail.UnitDate)))
        {
            var sender = _model.Senders[day.Key.Sender];
            // The ramp, computed here by itself.
            var cap = sender.Warmup is { } warmup
                ? Math.Clamp(warmup.Start + (warmup.Step * (day.Key.UnitDate.DayNumber - warmup.Since.DayNumber)), 0, sender.DailyLimit)
                : sender.DailyLimit;
            Assert.InRange(day.Count(), 1, day.Key.UnitDate < sender.Warmup?.Since ? 0 : cap);
            Assert.All(day, mail => Assert.Equal(day.Key.UnitDate, LocalDate(mail)));
        }
        foreach (var domain in sent.GroupBy(mail => (_model.Senders[mail.Sender].Domain, mail.UnitDate)))
        {
            var sender = _model.Senders[domain.First().Sender];
            var ramp = sender.DomainWarmupSince is { } since ? 6 + (3L * (domain.Key.UnitDate.DayNumber - since.DayNumber)) : long.MaxValue;
            Assert.InRange(domain.Count(), 1, Math.Min(_model.Pools[sender.Pool].DomainDailyLimit ?? long.MaxValue, ramp));
        }
        foreach (var hour in sent.GroupBy(mail => (_model.Senders[mail.Sender].Domain, mail.At.UtcDateTime.Date, mail.At.UtcDateTime.Hour)))
            Assert.InRange(hour.Count(), 1, _model.Pools[_model.Senders[hour.First().Sender].Pool].DomainHourlyLimit ?? long.MaxValue);
        foreach (var day in sent.Where(mail => mail.Client == "limited").GroupBy(mail => mail.UnitDate))
            Assert.InRange(day.Count(), 1, 1400);
        Assert.Contains(sent.Where(mail => mail.Client == "limited").CountBy(mail => mail.UnitDate), day => day.Value >= 1390);
    }

    private void WindowsAndGapsHold(List<SentMail> sent)
    {
        Assert.All(sent, mail => Assert.True(_model.Senders[mail.Sender].Calendar.IsOpen(mail.At)));
        foreach (var sender in sent.GroupBy(mail => mail.Sender))
        {
            foreach (var (first, second) in sender.Zip(sender.Skip(1)))
                Assert.True(second.At - first.At >= TimeSpan.FromMinutes(5), $"{sender.Key} sent at {first.At:u} and {second.At:u}");
        }
    }

    private static void FollowUpsKeepTheirSender(List<SentMail> sent)
    {
        var senders = new Dictionary<string, string>();
        foreach (var mail in sent)
        {
            if (!senders.TryAdd(mail.Recipient, mail.Sender))
                Assert.Equal(senders[mail.Recipient], mail.Sender);
            else
                Assert.False(IsFollowUp(mail));
        }
    }

    // While a follow-up waited, its sender sent no first mail; what its clock step had begun aside.
    private static void FollowUpsDoNotWaitForFirstMails(List<SentMail> sent)
    {
        foreach (var sender in sent.GroupBy(mail => mail.Sender))
        {
            var firsts = sender.Where(mail => !IsFollowUp(mail)).Select(mail => mail.At).ToList();
            foreach (var followUp in sender.Where(IsFollowUp))
                Assert.DoesNotContain(firsts, at => at > followUp.Arrived + Step && at < followUp.At);
        }
    }

    // A full pool shares all of its mail, by its caps. Where there is room the first mails are shared: follow-ups belong to who sent the first.
    private void SharesFollowWeightsAndCaps(List<SentMail> sent)
    {
        foreach (var (name, mails) in ((string, IEnumerable<SentMail>)[])[("full", sent), ("weighted", sent.Where(mail => !IsFollowUp(mail)))])
        {
            var counts = mails.Where(mail => mail.Client == name).CountBy(mail => mail.Sender).ToDictionary();
            var pool = _model.Pools[name].Senders;
            var perShare = counts.Values.Sum() / pool.Sum(Share);
            foreach (var group in pool.GroupBy(sender => sender.Weight))
                Assert.InRange(group.Sum(sender => counts.GetValueOrDefault(sender.Key)) / (group.Sum(Share) * perShare), 1 - Tolerance, 1 + Tolerance);
            var off = pool.Max(sender => Math.Abs(counts.GetValueOrDefault(sender.Key) - (Share(sender) * perShare)) - (Share(sender) * perShare * Tolerance));
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}: the worst sender is {off:F1} mails beyond {Tolerance:P0} off its share");
            Assert.InRange(off, double.NegativeInfinity, MostWhole);
        }
        static double Share(SenderModel sender) => sender.DailyLimit * sender.Weight;
    }

    // A full pool sends about as much in each hour of its window: on days for which mail is left from a full day before, and that are full themselves.
    // On others mail comes during the first hour, and the last one may have none.
    private void TheDayIsEven(List<SentMail> sent)
    {
        var pool = _model.Pools["full"].Senders;
        var days = sent.Where(mail => mail.Client == "full" && mail.UnitDate >= SecondWeek).GroupBy(mail => mail.UnitDate).OrderBy(day => day.Key).ToList();
        var full = days.Skip(1).Where((day, before) => IsFull(day) && IsFull(days[before])).ToList();
        Assert.InRange(full.Count, LeastFullDays, days.Count);
        var hours = full.SelectMany(day => day)
            .CountBy(mail => TimeZoneInfo.ConvertTime(mail.At, pool[0].TimeZone).Hour).OrderBy(hour => hour.Key).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine("by hour: " + string.Join(' ', hours.Select(hour => $"{hour.Key}:{hour.Value}")));
        Assert.Equal(Enumerable.Range(8, 10), hours.Select(hour => hour.Key));
        var mean = hours.Average(hour => hour.Value);
        Assert.All(hours, hour => Assert.InRange(hour.Value, mean * 0.88, mean * 1.12));

        bool IsFull(IEnumerable<SentMail> day) => day.Count() >= pool.Sum(sender => sender.DailyLimit) * (1 - Tolerance);
    }

    private DateOnly LocalDate(SentMail mail) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(mail.At, _model.Senders[mail.Sender].TimeZone).DateTime);
}
