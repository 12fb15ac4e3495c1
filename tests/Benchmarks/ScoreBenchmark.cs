using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Score;
using OutreachRelay.Policy.Score.External;

namespace OutreachRelay.Benchmarks;

/// <summary>Scores HTML mail of 4 and 20 KiB, first seen and as copies of a template: <c>[messages of a batch]</c>. Figures are CPU time of the process.</summary>
public static class ScoreBenchmark
{
    private const int Batches = 2500;

    // So few that they stay in the processor's cache, as a message that was just received does.
    private const int Messages = 20;

    public static async Task<int> RunAsync(string[] args)
    {
        var messages = args.Length > 0 ? int.Parse(args[0]) : Messages;
        var rules = ScoreRules.Load(DataFolder.BesideProgram).Rules ?? throw new InvalidOperationException("the rules for scores have errors");
        var model = new ScoreModel { TagAt = 4, HoldAt = 8, RefuseAt = 12, Rules = rules };
        using var external = new ExternalScorers(TimeProvider.System, NullLogger<ExternalScorers>.Instance);
        var scorer = new ContentScorer(external, TimeProvider.System, NullLogger<ContentScorer>.Instance);
        foreach (var size in (int[])[4, 20])
        {
            Tell($"{size} KiB, first seen", await MeasureAsync(messages, size, message => new(Keep(rules.Score(message, isWhole: true, addsUnsubscribe: false)))));
            Tell($"{size} KiB, a copy", await MeasureAsync(messages, size, async message => Keep(await scorer.ScoreAsync(
                new ScoreRequest(model, "acme", "cold", message, IsWhole: true, "jane@crm.example", [])))));
        }
        return 0;
    }

    // The fastest of some batches: what else the machine does only adds, as does the compiler, which runs beside the first ones.
    private static async Task<TimeSpan> MeasureAsync(int messages, int size, Func<byte[], ValueTask<object>> act)
    {
        var fastest = TimeSpan.MaxValue;
        for (var batch = 0; batch < Batches; batch++)
        {
            var written = Enumerable.Range(batch * messages, messages).Select(number => Message(size, number)).ToList();
            var start = Environment.CpuUsage.TotalTime;
            foreach (var message in written)
                await act(message);
            var used = (Environment.CpuUsage.TotalTime - start) / messages;
            fastest = used < fastest ? used : fastest;
        }
        return fastest;
    }

    private static void Tell(string what, TimeSpan time) => Console.WriteLine($"{what,-20} {time.TotalMicroseconds,9:N1} us");

    private static object Keep(object? value) => value ?? throw new InvalidOperationException("not scored");

    private static byte[] Message(int size, int number)
    {
        var text = new StringBuilder(size * 1024 + 1024);
        text.Append($"From: Jane <jane@crm.example>\r\nTo: Prospect{number} <prospect{number}@there.example>\r\nSubject: Your drawings\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n"
            + $"Message-ID: <{number}@crm.example>\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nHello,\r\n");
        for (var line = 0; text.Length < size * 256; line++)
            text.Append($"we make drawings of part {line} for machines and have seen that your company looks for people who do.\r\n");
        text.Append("--b\r\nContent-Type: text/html\r\n\r\n<html><body><p>Hello,</p>\r\n");
        for (var line = 0; text.Length < (size * 1024) - 200; line++)
            text.Append($"<p style=\"margin:0;color:#333333\">we make drawings of part {line} for machines and have seen that your company looks for people.</p>\r\n");
        text.Append($"<a href=\"https://crm.example/unsubscribe/4f9a{number}\">unsubscribe</a></body></html>\r\n--b--\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
