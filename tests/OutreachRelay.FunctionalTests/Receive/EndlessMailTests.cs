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
    private const int Clients = 10;
    private const int Recipients = 100_000;

    private const string Envelope = "EHLO x\r\n" + HostileClients.Envelope;

    // 25 MiB of content, 64 MiB in search of its end, 16 MiB until the reply is read, and what the kernel holds of a connection at its two ends.
    private static readonly long MostTaken = ((25L + 64 + 16) << 20) + LargestBuffer("rmem") + LargestBuffer("wmem");

    private readonly SinkServer _sink = new();
    private RelayProcess _relay = null!;
    private GoodClient _good = null!;

    public async ValueTask InitializeAsync()
    {
        _relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", _sink.Port)] });
        _good = new GoodClient(_relay.Port, "NOOP");
        await _good.ServedAsync(_relay);
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

        var sending = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => EndlessClient.SendAsync(_relay.Port, Envelope + "DATA\r\nSubject: x\r\n\r\n", piece, TenGigabytes)));
        var spooled = 0L;
        while (!sending.IsCompleted)
        {
            spooled = Math.Max(spooled, Incoming().Sum(file => file.Exists ? file.Length : 0));
            await Task.WhenAny(sending, Task.Delay(20));
        }
        var ends = await sending;

        await _good.ServedWellAsync(_relay, $"{Clients} clients with 10 GiB of DATA, cut off after {ends.Max(end => end.Sent) >> 20} MiB, at most {spooled >> 20} MiB on disk");
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

        var ends = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => EndlessClient.SendAsync(_relay.Port, Envelope, piece, TenGigabytes)));

        await _good.ServedWellAsync(_relay, $"{Clients} clients with 10 GiB in chunks, cut off after {ends.Max(end => end.Sent) >> 20} MiB");
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

        var replies = await Task.WhenAll(Enumerable.Range(0, Clients).Select(i =>
            SayAsync(Envelope + "DATA\r\n" + (i % 2 == 0 ? fields : field) + "\r\nx\r\n.\r\nQUIT\r\n")));

        await _good.ServedWellAsync(_relay, $"{Clients} messages of 100,000 fields, or with one field of 5 MB");
        Assert.All(replies.Index(), reply => Assert.Contains(reply.Index % 2 == 0 ? "\r\n550 5.6.0 " : "\r\n552 5.3.4 ", reply.Item));
    }

    [Fact]
    public async Task R26_R27_HundredThousandRecipients_AreRefusedBeyondTheLimit()
    {
        var (distinct, time) = await AddressAsync(i => i);
        Assert.Equal((100, Recipients - 100), distinct);
        var (same, timeOfSame) = await AddressAsync(_ => 0);
        Assert.Equal((Recipients, 0), same);

        await _good.ServedWellAsync(_relay, $"{Recipients} recipients in {time.TotalMilliseconds:F0} ms, and one as often in {timeOfSame.TotalMilliseconds:F0} ms");
    }

    // All of them in one piece, and the replies read meanwhile.
    private async Task<((int Taken, int TooMany) Replies, TimeSpan Time)> AddressAsync(Func<int, int> number)
    {
        var storm = new StringBuilder("EHLO x\r\nMAIL FROM:<a@crm.example>\r\n");
        for (var i = 0; i < Recipients; i++)
            storm.Append(CultureInfo.InvariantCulture, $"RCPT TO:<r{number(i)}@dest.example>\r\n");
        var watch = Stopwatch.StartNew();
        var end = await EndlessClient.SendAsync(_relay.Port, "", Encoding.ASCII.GetBytes(storm.Append("QUIT\r\n").ToString()), most: 1);
        Assert.EndsWith("221 2.0.0 Bye\r\n", end.Replies);
        var lines = end.Replies.Split("\r\n");
        return ((lines.Count(line => line == "250 2.1.5 OK"), lines.Count(line => line == "452 4.5.3 Too many recipients")), watch.Elapsed);
    }

    /// <summary>Octets to which the kernel lets such a buffer of a TCP connection grow (tcp(7)).</summary>
    private static long LargestBuffer(string kind) => long.Parse(File.ReadAllText($"/proc/sys/net/ipv4/tcp_{kind}").Split('\t')[^1], CultureInfo.InvariantCulture);

    private FileInfo[] Incoming() => new DirectoryInfo(Path.Combine(_relay.DataDirectory, "incoming")).GetFiles();

    private async Task<string> SayAsync(string octets)
    {
        await using var conversation = await SmtpConversation.OpenAsync(_relay.Port);
        await conversation.WriteAsync(Encoding.ASCII.GetBytes(octets));
        return await conversation.ReadToEndAsync();
    }
}
