using System.Collections.Frozen;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Outcome.Unsubscribe;
using OutreachRelay.Store;
using OutreachRelay.Tests.Observe;
using OutreachRelay.Tests.Outcome.Events;
using OutreachRelay.Tests.Store;

namespace OutreachRelay.Tests.Outcome.Bounces;

/// <summary>A Maildir on disk, watched by the relay's own code over a real store.</summary>
public sealed class BounceMaildirTests : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("outreach-maildir-").FullName;
    private readonly CancellationTokenSource _end = new();
    private readonly LogLines<BounceMaildir> _log = new();
    private EventBench _bench = null!;
    private SuppressionParts _parts = null!;
    private BounceMaildir _maildir = null!;
    private Task _running = Task.CompletedTask;
    private long _entry;

    private string Maildir => Path.Combine(_root, "bounces");

    private string Address => ReturnPath.Make(EventBench.Token(_entry), "bounce.x.example", ReturnedMailTests.Keys);

    public async ValueTask InitializeAsync()
    {
        Make(Maildir);
        _bench = await EventBench.StartAsync(Models.Relay(Models.Sender("a@x.example")) with
        {
            Domains = new Dictionary<string, DomainModel> { ["x.example"] = new("x.example", "bounce.x.example") }.ToFrozenDictionary(),
            Bounces = new BouncesModel(Maildir),
        });
        _entry = await _bench.SentAsync();
        _parts = new SuppressionParts(_bench.Store, _bench.Relay, _bench.Time);
        var intake = new BounceIntake(_bench.Events, _parts.OptOuts, _bench.Store, _bench.Relay, static () => ReturnedMailTests.Keys, _bench.Time, NullLogger<BounceIntake>.Instance);
        _maildir = new BounceMaildir(intake, _bench.Relay, _bench.Time, _log);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        await _maildir.DisposeAsync();
        _end.Dispose();
        await _bench.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task F25_MailThatLiesThere_IsRecordedThenSeen()
    {
        Deliver("1", Bounce());
        Start();

        await Eventually.TrueAsync(() => In("cur").SequenceEqual(["1:2,S"]));

        Assert.Equal(EntryState.Failed, (await _bench.ReadAsync(_entry)).State);
        Assert.Equal("to@y.example", _bench.Suppressed.Single().Recipient);
        Assert.Empty(In("new"));
    }

    [Fact]
    public async Task MailThatComesLater_IsTakenWithoutAClock()
    {
        Deliver("1", "Subject: hello\n\nhello\n");
        Start();
        await Eventually.TrueAsync(() => In(".unknown/new").Length == 1); // now it waits; the bench's clock stands still

        Deliver("2", Bounce());

        await Eventually.TrueAsync(() => In("cur").SequenceEqual(["2:2,S"]));
    }

    [Theory]
    [InlineData("Delivered-To")]
    [InlineData("X-Original-To")]
    [InlineData("Envelope-To")]
    public async Task AddressInAFieldOfTheMailbox_NamesTheEntry(string field)
    {
        // The report itself says nothing of the original but who failed.
        Deliver("1", $"Delivered-To: mailbox@corp.example\n{field}: {Address}\n" + Bounce("bounces@corp.example"));
        Start();

        await Eventually.TrueAsync(() => In("cur").Length == 1);

        Assert.Equal(EntryState.Failed, (await _bench.ReadAsync(_entry)).State);
    }

    [Fact]
    public async Task W34_MailToAnAddressToUnsubscribe_OptsOut()
    {
        var client = (await _bench.Store.FindNameAsync("acme", CancellationToken.None))!.Value;
        var token = new UnsubscribeToken(SuppressionParts.Hash("to@y.example"), client, 0, _entry);
        Deliver("1", $"To: {UnsubscribeMailbox.Make(token, "bounce.x.example", ReturnedMailTests.Keys)}\nFrom: to@y.example\nSubject: unsubscribe\n\n");
        Start();

        await Eventually.TrueAsync(() => In("cur").Length == 1);

        Assert.NotNull(await _bench.Store.FindSuppressionAsync(SuppressionParts.Hash("to@y.example"), "acme", "cold", CancellationToken.None));
    }

    [Fact]
    public async Task F26_ForgedAddress_NamesNoEntry()
    {
        Deliver("1", $"Delivered-To: b-{EventBench.Token(_entry)}-{new string('0', 32)}@bounce.x.example\n" + Bounce("bounces@corp.example"));
        Start();

        await Eventually.TrueAsync(() => In("cur").Length + In(".unknown/new").Length == 1);

        Assert.Equal(EntryState.Relayed, (await _bench.ReadAsync(_entry)).State);
        Assert.Empty(_bench.Suppressed);
    }

    [Fact]
    public async Task SameMailAgain_AsAfterACrashBeforeItWasMoved_HasNoFurtherEffect()
    {
        Deliver("1", Bounce());
        Start();
        await Eventually.TrueAsync(() => In("cur").Length == 1);
        var counted = _bench.Counted();

        File.Move(Path.Combine(Maildir, "cur", "1:2,S"), Path.Combine(Maildir, "new", "1"));

        await Eventually.TrueAsync(() => In("cur").SequenceEqual(["1:2,S"]) && In("new").Length == 0);
        Assert.Equal(counted, _bench.Counted());
    }

    [Fact]
    public async Task F15_WhileNothingCanBeKept_MailStaysNewAndIsTakenLater()
    {
        _bench.CanSuppress = false;
        Deliver("1", Bounce());
        Start();
        await Eventually.TrueAsync(() => !_bench.Suppressed.IsEmpty);
        Assert.Equal(["1"], In("new"));

        _bench.CanSuppress = true;
        _maildir.Wake();

        await Eventually.TrueAsync(() => In("cur").SequenceEqual(["1:2,S"]));
    }

    [Fact]
    public async Task MailsThatNobodyKnows_GoAsideAndTheRestIsTaken()
    {
        Deliver("1", "From: jane@y.example\nSubject: a question\n\nhello?\n");
        Deliver("2", "");
        File.CreateSymbolicLink(Path.Combine(Maildir, "new", "3"), "/etc/passwd");
        Deliver("4:2,F", "Auto-Submitted: auto-replied\nIn-Reply-To: <original@crm.example>\nFrom: to@y.example\nSubject: Out of office\n\n550 5.1.1 gone\n");
        Deliver(".hidden", Bounce());
        Deliver("5", Bounce());
        Start();

        await Eventually.TrueAsync(() => In("new").SequenceEqual([".hidden"]));

        Assert.Equal(["1", "2", "3"], In(".unknown/new"));
        Assert.Equal(["4:2,S", "5:2,S"], In("cur"));
        Assert.True(File.Exists(Path.Combine(Maildir, ".unknown", "maildirfolder")));
        Assert.Equal(3, _log.All.Count(static line => line.StartsWith("Warning:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task MailThatCannotBeMoved_IsReadOnceAndDoesNotKeepOthersBack()
    {
        File.WriteAllText(Path.Combine(Maildir, "cur", "1:2,S"), "another mail of that name");
        Deliver("1", Bounce());
        Start();
        await Eventually.TrueAsync(() => _log.All.Length == 1);

        Deliver("2", Bounce());
        await Eventually.TrueAsync(() => In("cur").Length == 2);
        File.Delete(Path.Combine(Maildir, "cur", "1:2,S"));
        _maildir.Wake();

        await Eventually.TrueAsync(() => In("new").Length == 0);
        Assert.Equal(["1:2,S", "2:2,S"], In("cur"));
        Assert.StartsWith("Error: 1 in ", Assert.Single(_log.All));
    }

    [Fact]
    public async Task FolderThatComesLater_IsFound()
    {
        Directory.Delete(Maildir, recursive: true);
        Start();
        await Eventually.TrueAsync(() => _log.All.Length == 1);

        Make(Maildir);
        Deliver("1", Bounce());
        _bench.Time.Advance(BounceMaildir.ScanEvery);

        await Eventually.TrueAsync(() => In("cur").Length == 1);
    }

    [Fact]
    public async Task FolderThatIsMadeAgain_IsScannedAndThenWatchedAgain()
    {
        Start();
        Deliver("1", Bounce());
        await Eventually.TrueAsync(() => In("cur").Length == 1);
        Directory.Move(Maildir, Maildir + ".old");
        Make(Maildir);
        // The first may be found by what was told late of the folder before; the second is then found by the scan alone.
        await DeliverAndScanAsync("2");
        await DeliverAndScanAsync("3");

        Deliver("4", Bounce());

        await Eventually.TrueAsync(() => In("cur").Length == 3);

        Task DeliverAndScanAsync(string name)
        {
            var known = In("cur").Length;
            Deliver(name, Bounce());
            return Eventually.TrueAsync(() => In("cur").Length > known, () => _bench.Time.Advance(BounceMaildir.ScanEvery));
        }
    }

    [Fact]
    public async Task FolderOfAReload_IsTakenFrom()
    {
        Start();
        var other = Path.Combine(_root, "other");
        Make(other);
        File.WriteAllText(Path.Combine(other, "new", "1"), Bounce());

        _bench.Relay.Replace(_bench.Relay.Model with { Bounces = new BouncesModel(other) });
        _maildir.Wake();

        await Eventually.TrueAsync(() => File.Exists(Path.Combine(other, "cur", "1:2,S")));
    }

    [Fact]
    public async Task HugeMail_IsReadFromItsBeginning()
    {
        Deliver("1", Bounce().Replace("\n--b--", "", StringComparison.Ordinal) + string.Concat(Enumerable.Repeat(new string('x', 510) + "\n", 10_000)));
        Start();

        await Eventually.TrueAsync(() => In("cur").Length == 1);

        Assert.Equal(EntryState.Failed, (await _bench.ReadAsync(_entry)).State);
    }

    private void Start() => _running = Task.Run(() => _maildir.RunAsync(_end.Token));

    private string Bounce(string? to = null) => ReturnedMailTests.Bounce(to: to ?? Address);

    // As programs deliver: whole, and then with its name in the folder.
    private void Deliver(string name, string mail)
    {
        var temporary = Path.Combine(Maildir, "tmp", name);
        File.WriteAllText(temporary, mail, new UTF8Encoding(false));
        File.Move(temporary, Path.Combine(Maildir, "new", name));
    }

    private string[] In(string folder)
    {
        var path = Path.Combine(Maildir, folder);
        return Directory.Exists(path) ? [.. Directory.EnumerateFiles(path).Select(Path.GetFileName).Order(StringComparer.Ordinal)!] : [];
    }

    private static void Make(string maildir)
    {
        foreach (var part in (string[])["tmp", "new", "cur"])
            Directory.CreateDirectory(Path.Combine(maildir, part));
    }
}
