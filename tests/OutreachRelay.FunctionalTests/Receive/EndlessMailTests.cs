using System.Diagnostics;
using System.Globalization;
using System.Text;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>Mail of ten gigabytes, of a hundred thousand header fields, to a hundred thousand recipients.</summary>
[Collection(HeavyCollection.Name)]
public sealed class EndlessMailTests : IAsyncLifetime
{
    private const long TenGigabytes = 10L << 30;
    private const long MostTaken = 128L << 20; // 25 MiB of content, 64 MiB in search of its end, 16 MiB until the reply is read, and sockets
    private const int MostMemory = 300; // MiB
    private const int Clients = 10;

    private const string Envelope = "EHLO x\r\n" + HostileClients.Envelope;

    private readonly SinkServer _sink = new();
    private RelayProcess _relay = null!;
    private GoodClient _good = null!;

    public async ValueTask InitializeAsync()
    {
        _relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", _sink.Port)] });
        _good = new GoodClient(_relay.Port, "NOOP");
        await _good.ServedAsync(20, _relay);
    }

    public async ValueTask DisposeAsync()
    {
        await _good.DisposeAsync();
        await _relay.DisposeAsync();
        await _sink.DisposeAsync();
    }

    [Fact]
    public async Task R24_R35_TenGigabytesOfData_AreCutOffAndLeaveNothing()
    {
        Assert.Contains("552 5.3.4 ", await SayAsync($"EHLO x\r\nMAIL FROM:<a@crm.example> SIZE={TenGigabytes}\r\nQUIT\r\n"));
        var line = new string('x', 900) + "\r\n";
        var piece = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(line, 256)));

        var sending = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => EndlessContent.SendAsync(_relay.Port, Envelope + "DATA\r\nSubject: x\r\n\r\n", piece, TenGigabytes)));
        var spooled = 0L;
        while (!sending.IsCompleted)
        {
            spooled = Math.Max(spooled, Incoming().Sum(file => file.Exists ? file.Length : 0));
            await Task.WhenAny(sending, Task.Delay(20));
        }
        var ends = await sending;

        await ServedWellAsync($"{Clients} clients with 10 GiB of DATA, cut off after {ends.Max(end => end.Sent) >> 20} MiB, at most {spooled >> 20} MiB on disk");
        Assert.All(ends, end => Assert.EndsWith("421 4.3.4 Too much content after the limit\r\n", end.Replies));
        Assert.All(ends, end => Assert.InRange(end.Sent, 25L << 20, MostTaken));
        Assert.InRange(spooled, 0, Clients * (26L << 20));
        await Wait.UntilAsync(() => Incoming().Length == 0, TimeSpan.FromSeconds(10), () => "a file is left behind");
    }

    [Fact]
    public async Task R24_R35_TenGigabytesInChunks_AreCutOffAndLeaveNothing()
    {
        Assert.Contains("421 4.3.4 ", await SayAsync($"{Envelope}BDAT {TenGigabytes} LAST\r\n"));
        const int Chunk = 1 << 20;
        byte[] piece = [.. Encoding.ASCII.GetBytes($"BDAT {Chunk}\r\n"), .. Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string('x', 510) + "\r\n", Chunk / 512)))];

        var ends = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => EndlessContent.SendAsync(_relay.Port, Envelope, piece, TenGigabytes)));

        await ServedWellAsync($"{Clients} clients with 10 GiB in chunks, cut off after {ends.Max(end => end.Sent) >> 20} MiB");
        Assert.All(ends, end => Assert.Contains("552 5.3.4 ", end.Replies));
        Assert.All(ends, end => Assert.EndsWith("421 4.3.4 Too much content after the limit\r\n", end.Replies));
        Assert.All(ends, end => Assert.InRange(end.Sent, 25L << 20, MostTaken));
        await Wait.UntilAsync(() => Incoming().Length == 0, TimeSpan.FromSeconds(10), () => "a file is left behind");
    }

    [Fact]
    public async Task R7_HundredThousandFieldsAndFieldsOfMegabytes_AreRefused()
    {
        var fields = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"X-{i}: x\r\n"));
        var field = "X: " + string.Concat(Enumerable.Repeat(new string('x', 900) + "\r\n ", 6000)) + "x\r\n";
        var heads = Enumerable.Range(0, Clients).Select(i => i % 2 == 0 ? fields : field);

        var replies = await Task.WhenAll(heads.Select(head => SayAsync(Envelope + "DATA\r\n" + head + "\r\nx\r\n.\r\nQUIT\r\n")));

        await ServedWellAsync($"{Clients} messages of 100,000 fields, or with one field of 5 MB");
        Assert.All(replies, reply => Assert.Matches("\r\n55[02] 5.[0-9].[0-9] [^\r\n]*\r\n221 ", reply));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task R26_R27_HundredThousandRecipients_AreRefusedBeyondTheLimit(bool distinct)
    {
        const int Recipients = 100_000;
        var storm = new StringBuilder("EHLO x\r\nMAIL FROM:<a@crm.example>\r\n");
        for (var i = 0; i < Recipients; i++)
            storm.Append(CultureInfo.InvariantCulture, $"RCPT TO:<r{(distinct ? i : 0)}@dest.example>\r\n");
        var watch = Stopwatch.StartNew();

        var end = await EndlessContent.SendAsync(_relay.Port, "", Encoding.ASCII.GetBytes(storm.Append("QUIT\r\n").ToString()), 1);

        await ServedWellAsync($"{Recipients} recipients, {(distinct ? "distinct" : "the same")}, in {watch.ElapsedMilliseconds} ms");
        var lines = end.Replies.Split("\r\n");
        Assert.Equal(distinct ? 100 : Recipients, lines.Count(line => line.StartsWith("250 2.1.5 ", StringComparison.Ordinal)));
        Assert.Equal(distinct ? Recipients - 100 : 0, lines.Count(line => line == "452 4.5.3 Too many recipients"));
        Assert.EndsWith("221 2.0.0 Bye\r\n", end.Replies);
    }

    private FileInfo[] Incoming() => new DirectoryInfo(Path.Combine(_relay.DataDirectory, "incoming")).GetFiles();

    private async Task<string> SayAsync(string octets)
    {
        await using var conversation = await SmtpConversation.OpenAsync(_relay.Port);
        await conversation.WriteAsync(Encoding.ASCII.GetBytes(octets));
        return await conversation.ReadToEndAsync();
    }

    private async Task ServedWellAsync(string occasion)
    {
        await _good.ServedAsync(20, _relay);
        TestContext.Current.TestOutputHelper?.WriteLine($"{occasion}: {_good.Told(_relay)}");
        Assert.InRange(ProcessFigures.PeakMemory(_relay.Id), 1, MostMemory);
    }
}
