using System.Text;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Deliver;

/// <summary>What arrives behind a running relay, compared octet for octet with what was submitted.</summary>
public sealed class UntouchedMailTests
{
    private const int Count = 1_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Relay_ThousandVariedMessages_ChangesNothingButWhatRotationNeeds()
    {
        await using var sink = new SinkServer();
        await using var relay = await RelayProcess.StartAsync(new RelayConfig
        {
            Upstreams = [new("sink", sink.Port, Keys: "max_connections = 8")],
            Senders = ["anna@example.com", "ben@example.com"],
        });

        await VariedSubmission.SubmitAsync(relay.Port, Count);
        await Wait.UntilAsync(() => sink.Arrivals.Count == Count, Deadline, () => $"{sink.Arrivals.Count} of {Count}:\n{relay.Log}");

        foreach (var arrived in sink.Messages)
            Compare(VariedSubmission.Make(int.Parse(arrived.TestId.AsSpan(1))), arrived);
    }

    private static void Compare(TestMessage submitted, ReceivedMessage arrived)
    {
        var content = Unstuffed(submitted.Content);
        Assert.Equal(Latin1(ReceivedMessage.BodyOf(content)), Latin1(arrived.Body));

        // One field of ours on top, and one for each that was missing at the end.
        var before = Fields(content);
        var after = Fields(arrived.Content);
        Assert.StartsWith("Received: ", after[0]);
        var expected = before.Where(field => !Is(field, "DKIM-Signature")).ToList();
        expected[expected.FindIndex(field => Is(field, "From"))] = $"From: {arrived.ReversePath[..arrived.ReversePath.IndexOf('@')]} <{arrived.ReversePath}>\r\n";
        Assert.Equal(expected, after.Skip(1).Take(expected.Count));
        var missing = new[] { "Message-ID", "Date" }.Where(name => !before.Exists(field => Is(field, name)));
        Assert.Equal(missing, after.Skip(1 + expected.Count).Select(field => field[..field.IndexOf(':')]));
    }

    // One character per octet, and each with its line ends as they came.
    private static List<string> Fields(byte[] content)
    {
        var fields = new List<string>();
        foreach (var line in Latin1(content).Split("\r\n").TakeWhile(line => line.Length > 0))
        {
            if (line[0] is ' ' or '\t')
                fields[^1] += line + "\r\n";
            else
                fields.Add(line + "\r\n");
        }
        return fields;
    }

    private static bool Is(string field, string name) => field[..field.IndexOf(':')].Equals(name, StringComparison.OrdinalIgnoreCase);

    // RFC 5321 §4.5.2.
    private static byte[] Unstuffed(byte[] content)
    {
        var text = "\r\n" + Latin1(content);
        return Encoding.Latin1.GetBytes(text.Replace("\r\n.", "\r\n", StringComparison.Ordinal)[2..]);
    }

    private static string Latin1(byte[] octets) => Encoding.Latin1.GetString(octets);
}
