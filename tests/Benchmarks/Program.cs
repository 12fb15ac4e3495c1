using System.Runtime.Versioning;
using OutreachRelay.Benchmarks;
using OutreachRelay.Benchmarks.Growth;
using OutreachRelay.Benchmarks.Latency;
using OutreachRelay.Benchmarks.Page;
using OutreachRelay.Benchmarks.Queue;
using OutreachRelay.Benchmarks.Race;
using OutreachRelay.Benchmarks.Stages;
using OutreachRelay.Benchmarks.Webhooks;

[assembly: SupportedOSPlatform("linux")]

const int Usage = 64;

var (name, arguments) = args is [var first, .. var rest] && !first.StartsWith('-') ? (first, rest) : ("race", args);
switch (name)
{
    case "race":
        return await RaceBenchmark.RunAsync(arguments);
    case "page":
        return await PageBenchmark.RunAsync(arguments);
    case "latency":
        return await LatencyBenchmark.RunAsync(arguments);
    case "stages":
        return await StagesBenchmark.RunAsync(arguments);
    case "growth":
        return await GrowthBenchmark.RunAsync(arguments);
    case "queue":
        return await QueueBenchmark.RunAsync(arguments);
    case "store":
        return await StoreBenchmark.RunAsync(arguments);
    case "rotation":
        return await RotationBenchmark.RunAsync(arguments);
    case "suppression":
        return await SuppressionBenchmark.RunAsync(arguments);
    case "webhooks":
        return await WebhookBenchmark.RunAsync(arguments);
    case "sign":
        return await SignBenchmark.RunAsync(arguments);
    case "score":
        return await ScoreBenchmark.RunAsync(arguments);
    default:
        await Console.Error.WriteLineAsync($"There is no benchmark \"{name}\". There are: page, race, latency, stages, growth, queue, store, rotation, suppression, webhooks, sign, score.");
        return Usage;
}
