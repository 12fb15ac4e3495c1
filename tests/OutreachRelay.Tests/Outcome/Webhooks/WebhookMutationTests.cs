using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Webhooks;
using OutreachRelay.Protocols.Tests.Fuzz;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Outcome.Webhooks;

/// <summary>Bodies that are nearly what a provider sends: whatever is in them, what they tell is bounded, and nothing is thrown.</summary>
public sealed class WebhookMutationTests
{
    private const int Rounds = 10_000;

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "vectors", "webhooks");

    // Most of them keep the body well-formed where they replace or repeat a value.
    private static readonly string[] Pieces =
    [
        "null", "true", "-1", "1e999", "99999999999999999999", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "{}", "[]", "[[[[", "\"bounce\"", "\"5.1.1\"", "\"orid\":", "\"event\":\"bounce\",", "\"timestamp\":\"x\",",
        ",", ":", "{", "}", "\"", "\\", "\u00FF", "\"9999-12-31T23:59:59Z\"", "\"0001-01-01T00:00:00+14:00\"", "250", "\"\\r\\nBcc: x\"",
    ];

    public static TheoryData<string> Kinds => ["SendGrid", "Mailgun", "Postmark", "Resend", "Ses"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Read_AnyBody_TellsBoundedEvents(string name)
    {
        var samples = Samples(name);
        var mutator = new Mutator(samples, [.. Pieces.Select(Encoding.Latin1.GetBytes)], seed: 20261122);
        var read = 0;
        for (var round = 0; round < Rounds; round++)
            read += TryRead(name, mutator.Next()) ? 1 : 0;

        // Otherwise only the JSON reader was tried.
        Assert.InRange(read, Rounds / 40, Rounds);
    }

    private static bool TryRead(string name, byte[] body)
    {
        JsonDocument json;
        // The receiver takes no other text.
        if (!Utf8.IsValid(body))
            return false;
        try
        {
            json = JsonDocument.Parse(body, WebhookReceiver.JsonOptions);
        }
        catch (JsonException)
        {
            return false;
        }
        using (json)
        {
            var request = new WebhookRequest("up", ["secret"], new HeaderDictionary { ["svix-id"] = "msg_1" }, body, DateTimeOffset.UnixEpoch);
            var events = name == "Ses"
                ? SesEvents.Read(request, json.RootElement, "sns-1")
                : WebhookVectorTests.Reader(Enum.Parse<WebhookKind>(name)).Read(request, json.RootElement, Models.ShippedReplies);
            Assert.InRange(events.Length, 0, body.Length);
            Assert.All(events, AssertBounded);
        }
        return true;
    }

    private static void AssertBounded(OutcomeEvent told)
    {
        Assert.InRange(told.Code, 0, 599);
        Assert.InRange((told.Status ?? "").Length, 0, 16);
        Assert.DoesNotContain(told.Correlation + told.ProviderId + told.MessageId, static c => c is <= ' ' or > '~');
        Assert.InRange((told.Correlation + told.ProviderId + told.MessageId).Length, 0, 64 + 256 + 256);
    }

    private static byte[][] Samples(string name) => name == "Ses"
        ? ["""{"eventType":"Bounce","mail":{"messageId":"0102-1","timestamp":"2026-11-22T10:00:00Z","tags":{"orid":["abc"]},"commonHeaders":{"messageId":"<1@a>"}},"bounce":{"bounceType":"Permanent","bounceSubType":"General","timestamp":"2026-11-22T10:00:00Z","feedbackId":"f","bouncedRecipients":[{"emailAddress":"a@b.example","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 no"}]}}"""u8.ToArray()]
        : [.. File.ReadLines(Path.Combine(Folder, "symfony.jsonl")).Select(static row => JsonSerializer.Deserialize<JsonElement>(row))
            .Where(row => row.GetProperty("esp").GetString()!.Equals(name, StringComparison.OrdinalIgnoreCase))
            .Select(static row => File.ReadAllBytes(Path.Combine(Folder, row.GetProperty("file").GetString()!)))];
}
