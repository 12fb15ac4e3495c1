using System.Globalization;
using System.Text.Json;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Relay;

/// <summary>Questions that tests often ask a running relay.</summary>
internal static class RelayQueries
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Submits a message and expects 250.</summary>
    /// <returns>The queue id.</returns>
    public static async Task<string> SubmitAsync(this RelayProcess relay, TestMessage message)
    {
        var reply = await SmtpConversation.SubmitAsync(relay.Port, message);
        return reply.IsPositive ? reply.QueueId : throw new InvalidOperationException($"Refused: {reply.Text}\n{relay.Log}");
    }

    /// <summary>The version of the configuration in force.</summary>
    public static async Task<string> ModelVersionAsync(this RelayProcess relay) =>
        (await relay.AskAsync("status")).GetProperty("model_version").GetString()!;

    /// <summary>The first value in <c>/metrics</c> whose line begins so.</summary>
    public static async Task<double> MetricAsync(this RelayProcess relay, string name)
    {
        var metrics = await relay.GetAsync("/metrics");
        var line = metrics.Split('\n').First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);
    }

    /// <summary>The state of an entry: <c>queued</c>, <c>in_doubt</c> …</summary>
    public static async Task<string> StateOfAsync(this RelayProcess relay, string queueId) =>
        (await relay.AskAsync("queue/" + queueId)).GetProperty("state").GetString()!;

    public static Task UntilStateAsync(this RelayProcess relay, string queueId, string state) =>
        Wait.UntilAsync(async () => await relay.StateOfAsync(queueId) == state, Deadline, () => $"{queueId} is not {state}:\n{relay.Log}");

    /// <summary>Waits until no entry is queued, leased or in doubt.</summary>
    public static Task UntilIdleAsync(this RelayProcess relay, TimeSpan? deadline = null) => Wait.UntilAsync(
        async () =>
        {
            var queue = (await relay.AskAsync("status")).GetProperty("queue");
            return Count(queue, "queued") + Count(queue, "leased") + Count(queue, "in_doubt") == 0;
        },
        deadline ?? Deadline, () => $"the queue does not empty:\n{relay.Log}");

    private static long Count(JsonElement queue, string state) => queue.GetProperty(state).GetInt64();
}
