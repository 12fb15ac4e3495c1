using System.Buffers;
using System.Diagnostics;
using System.Text;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Benchmarks;

/// <summary>Signs messages of 4 KiB with one key on all processors: <c>[seconds]</c>. Figures are per second of wall time.</summary>
public static class SignBenchmark
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private static readonly byte[] Head = Encoding.ASCII.GetBytes(
        "From: Jane Doe <jane@example.com>\r\nTo: \"Prospect, The\" <joe@example.net>\r\nSubject: A question about cold chains, this week or next?\r\n"
        + "Message-ID: <20260302090000.1@example.com>\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");

    private static readonly byte[] Body = Encoding.ASCII.GetBytes(
        string.Concat(Enumerable.Repeat("It takes twenty minutes, and you will know more about your fridges than before.\r\n", 50)));

    public static async Task<int> RunAsync(string[] args)
    {
        var seconds = args.Length > 0 ? double.Parse(args[0]) : 3;
        using var rsa = DkimPrivateKey.GenerateRsa(2048);
        using var ed25519 = DkimPrivateKey.GenerateEd25519();
        await MeasureAsync("rsa-sha256, 2048 bits", rsa, TimeSpan.FromSeconds(seconds));
        await MeasureAsync("ed25519-sha256", ed25519, TimeSpan.FromSeconds(seconds));
        return 0;
    }

    private static async Task MeasureAsync(string name, DkimPrivateKey key, TimeSpan length)
    {
        if (!DkimSigner.TryCreate(key, new DkimSignerOptions { Domain = "example.com", Selector = "s1" }, out var signer, out var error))
            throw new InvalidOperationException(error);
        Sign(signer);
        var start = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Run(() =>
        {
            var count = 0;
            for (; Stopwatch.GetElapsedTime(start) < length; count++)
                Sign(signer);
            return count;
        })));
        Console.WriteLine($"{name,-22} {counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds,9:N0}/s on {Environment.ProcessorCount} processors");
    }

    private static void Sign(DkimSigner signer)
    {
        HeaderSection.TryRead(Head, HeaderLimits.None, out var header, out _);
        using var body = new DkimBodyHasher(DkimCanonicalization.Relaxed);
        body.Append(Body);
        signer.Sign(header, body.Complete(), Now, [], new ArrayBufferWriter<byte>(1024));
    }
}
