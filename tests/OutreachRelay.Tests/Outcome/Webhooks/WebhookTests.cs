using System.IO.Compression;
using System.Net;
using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Store;
using OutreachRelay.Tests.Outcome.Events;

namespace OutreachRelay.Tests.Outcome.Webhooks;

/// <summary>Requests of all providers over HTTP: what is taken, and what is not.</summary>
public sealed class WebhookTests : IAsyncLifetime
{
    private WebhookBench _bench = null!;

    public static TheoryData<WebhookKind> Kinds => [.. Enum.GetValues<WebhookKind>()];

    public static TheoryData<WebhookKind> SignedBodies => [WebhookKind.SendGrid, WebhookKind.Ses, WebhookKind.Resend];

    public async ValueTask InitializeAsync() => _bench = await WebhookBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task F1_Post_GoodRequest_IsStoredBeforeTheAnswer(WebhookKind kind)
    {
        var id = await _bench.Events.SentAsync(EntryState.InDoubt);

        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(_bench.Provider.Delivered(kind, EventBench.Token(id), _bench.Now)));

        Assert.Equal(EntryState.Relayed, (await _bench.Events.ReadAsync(id)).State);
        var stored = Assert.Single(await HeardAsync(id));
        Assert.Equal((StoreEventKind.Delivered, kind.ToString().ToLowerInvariant()), (stored.Kind, stored.Who));
    }

    [Theory]
    [MemberData(nameof(SignedBodies))]
    public async Task F1_Post_OneOctetOfTheBodyChanged_IsRefused(WebhookKind kind)
    {
        var good = _bench.Provider.Delivered(kind, EventBench.Token(await _bench.Events.SentAsync()), _bench.Now);
        var body = Encoding.UTF8.GetString(good.Body);

        // Another recipient; and the same JSON written anew.
        foreach (var changed in (string[])[body.Replace("to@y", "tp@y"), body.Replace(":", ": ", StringComparison.Ordinal)])
            await RefusedAsync(good with { Body = Encoding.UTF8.GetBytes(changed) });
        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(good));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task F1_Post_ProofMissingTwiceOrChanged_IsRefused(WebhookKind kind)
    {
        var good = _bench.Provider.Delivered(kind, EventBench.Token(await _bench.Events.SentAsync()), _bench.Now);
        for (var i = 0; i < good.Headers.Length; i++)
        {
            var (name, value) = good.Headers[i];
            await RefusedAsync(good with { Headers = [.. good.Headers.Where((_, other) => other != i)] });
            await RefusedAsync(good with { Headers = [.. good.Headers, (name, value)] });
            await RefusedAsync(good with { Headers = [.. good.Headers.Select((header, other) => other == i ? (header.Name, Flip(header.Value)) : header)] });
        }
        if (kind == WebhookKind.Mailgun)
        {
            foreach (var member in (string[])["timestamp", "token", "signature"])
                await RefusedAsync(good with { Body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(good.Body).Replace($"\"{member}\":\"", $"\"{member}\":\"9")) });
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task F1_Post_OtherKey_IsRefusedCountedAndAnAlert(WebhookKind kind)
    {
        using var other = new Provider(_bench.Events.Time);
        var request = other.Delivered(kind, EventBench.Token(await _bench.Events.SentAsync()), _bench.Now);
        if (kind == WebhookKind.Mailgun)
            request = other.Mailgun("{}", _bench.Now, key: "another");
        if (kind is WebhookKind.Postmark)
            request = other.Postmark("{}", "postmark:wrong");
        if (kind == WebhookKind.Resend)
            _bench.Reload("resend", new WebhookModel(kind, ["whsec_b3RoZXI="]));

        await RefusedAsync(request);
        await RefusedAsync(request);

        var trouble = Assert.Single(_bench.Receiver.Troubles);
        Assert.Equal((request.Upstream, 2, false), (trouble.Upstream, trouble.Count, trouble.AreStale));
        _bench.Events.Time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));
        Assert.Empty(_bench.Receiver.Troubles);
    }

    [Fact]
    public async Task F1_GoodRequestAfterABadOne_EndsTheTrouble()
    {
        var good = _bench.Provider.Delivered(WebhookKind.SendGrid, "token", _bench.Now);
        await RefusedAsync(good with { Headers = [] });

        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(good));

        Assert.Empty(_bench.Receiver.Troubles);
    }

    [Theory]
    [InlineData(10 << 20, false)]
    [InlineData(10 << 20, true)]
    [InlineData((1 << 20) + 1, false)]
    [InlineData((1 << 20) + 1, true)]
    public async Task F2_Post_BodyThatIsTooLong_Is413(int octets, bool chunked)
    {
        using HttpContent content = chunked ? new StreamContent(new Unsized(octets)) : new ByteArrayContent(new byte[octets]);

        HttpStatusCode? status = null;
        try
        {
            using var response = await _bench.SendAsync(new Signed("sendgrid", [], []), content);
            status = response.StatusCode;
        }
        catch (HttpRequestException)
        {
            // The server does not read on, and closes while the client still writes.
        }

        Assert.True(status is null or HttpStatusCode.RequestEntityTooLarge, $"{status}");
        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(_bench.Provider.Delivered(WebhookKind.SendGrid, "token", _bench.Now)));
    }

    [Fact]
    public async Task F2_Post_Chunked_IsTaken()
    {
        var id = await _bench.Events.SentAsync();
        var good = _bench.Provider.Delivered(WebhookKind.SendGrid, EventBench.Token(id), _bench.Now);

        using var response = await _bench.SendAsync(good, new StreamContent(new Unsized(good.Body)));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Single(await HeardAsync(id));
    }

    [Fact]
    public async Task F2_Post_Compressed_Is415()
    {
        var good = _bench.Provider.Delivered(WebhookKind.SendGrid, "token", _bench.Now);
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
            await gzip.WriteAsync(good.Body);
        using var content = new ByteArrayContent(packed.ToArray()) { Headers = { { "Content-Encoding", "gzip" } } };

        using var response = await _bench.SendAsync(good, content);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("[{\"event\":\"delivered\"")]
    [InlineData("[1,]")]
    [InlineData("<xml/>")]
    public async Task F2_Post_NoJson_Is400(string body)
    {
        foreach (var upstream in (string[])["sendgrid", "mailgun", "ses", "postmark", "resend"])
            Assert.Equal(HttpStatusCode.BadRequest, await _bench.PostAsync(new Signed(upstream, Encoding.UTF8.GetBytes(body), [])));
    }

    [Fact]
    public async Task F2_Post_JsonOfAThousandLevels_Is400EvenWhenSigned()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 1000)) + string.Concat(Enumerable.Repeat("]", 1000));

        Assert.Equal(HttpStatusCode.BadRequest, await _bench.PostAsync(_bench.Provider.SendGrid(deep, _bench.Now)));
        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(_bench.Provider.Ses(deep, _bench.Now)));
        Assert.Equal(StoreEventKind.Unknown, Assert.Single(await AllAsync()).Event.Kind);
    }

    [Fact]
    public async Task F2_Post_OtherCharacterSet_Is400() => Assert.Equal(
        HttpStatusCode.BadRequest, await _bench.PostAsync(_bench.Provider.SendGrid(Encoding.Latin1.GetBytes("[{\"event\":\"délivré\"}]"), _bench.Now)));

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task F3_F4_Post_SameRequestFiveTimesInParallel_HasOneEffect(WebhookKind kind)
    {
        var id = await _bench.Events.SentAsync();
        var good = _bench.Provider.Delivered(kind, EventBench.Token(id), _bench.Now);

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _bench.PostAsync(good)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer));
        Assert.Single(await HeardAsync(id));
    }

    [Theory]
    [InlineData(WebhookKind.SendGrid, 23 * 60, 200)]
    [InlineData(WebhookKind.SendGrid, (24 * 60) + 1, 401)]
    [InlineData(WebhookKind.Mailgun, 23 * 60, 200)]
    [InlineData(WebhookKind.Mailgun, (24 * 60) + 1, 401)]
    [InlineData(WebhookKind.Ses, 23 * 60, 200)]
    [InlineData(WebhookKind.Ses, (24 * 60) + 1, 401)]
    [InlineData(WebhookKind.Resend, 4, 200)]
    [InlineData(WebhookKind.Resend, 6, 401)]
    [InlineData(WebhookKind.Resend, -4, 200)]
    [InlineData(WebhookKind.Resend, -6, 401)]
    public async Task F4_Post_SignedAWhileAgo_IsTakenWithinTheWindowAlone(WebhookKind kind, int minutesAgo, int expected)
    {
        var request = _bench.Provider.Delivered(kind, "token", _bench.Now.AddMinutes(-minutesAgo));

        Assert.Equal(expected, (int)await _bench.PostAsync(request));
        Assert.Equal(expected == 401, _bench.Receiver.Troubles is [{ AreStale: true }]);
    }

    [Fact]
    public async Task F4_Mailgun_TokenWithAnotherBody_IsRefusedAndHasNoEffectLater()
    {
        var (first, second) = (await _bench.Events.SentAsync(), await _bench.Events.SentAsync());
        var good = _bench.Provider.Delivered(WebhookKind.Mailgun, EventBench.Token(first), _bench.Now);
        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(good));
        var forged = good with { Body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(good.Body).Replace(EventBench.Token(first), EventBench.Token(second)).Replace("delivered", "complained")) };

        await RefusedAsync(forged);

        Assert.Empty(await HeardAsync(second));
        Assert.Empty(_bench.Events.Suppressed);
    }

    [Theory]
    [InlineData(WebhookKind.SendGrid)]
    [InlineData(WebhookKind.Mailgun)]
    [InlineData(WebhookKind.Postmark)]
    [InlineData(WebhookKind.Resend)]
    public async Task F5_TwoSecrets_AreBothGoodUntilTheOldOneIsRemoved(WebhookKind kind)
    {
        using var other = new Provider(_bench.Events.Time);
        string replacement = kind switch
        {
            WebhookKind.SendGrid => other.SendGridKey,
            WebhookKind.Resend => "whsec_b3RoZXI=",
            WebhookKind.Postmark => "postmark:another",
            _ => "another-key",
        };
        var (name, old) = (kind.ToString().ToLowerInvariant(), _bench.Provider.Delivered(kind, "token", _bench.Now));

        _bench.Reload(name, _bench.Provider.ModelOf(kind, replacement));
        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(old));
        _bench.Reload(name, new WebhookModel(kind, [replacement]));
        await RefusedAsync(old);
    }

    [Fact]
    public async Task F8_Postmark_WithoutCredentials_IsAskedForThemAndThatIsNoTrouble()
    {
        var good = _bench.Provider.Delivered(WebhookKind.Postmark, "token", _bench.Now);

        using var asked = await _bench.SendAsync(good with { Headers = [] });
        using var wrong = await _bench.SendAsync(_bench.Provider.Postmark("{}", "postmark:wrong"));

        Assert.Equal((HttpStatusCode.Unauthorized, "Basic"), (asked.StatusCode, Assert.Single(asked.Headers.WwwAuthenticate).Scheme));
        Assert.Equal((HttpStatusCode.Unauthorized, "Basic"), (wrong.StatusCode, Assert.Single(wrong.Headers.WwwAuthenticate).Scheme));
        Assert.Equal(1, Assert.Single(_bench.Receiver.Troubles).Count);
    }

    [Fact]
    public async Task F8_Mailgun_BadSignature_Is401AndNot406() =>
        await RefusedAsync(_bench.Provider.Mailgun("{}", _bench.Now, key: "another"));

    [Fact]
    public async Task F14_BatchOfAThousandWithBadOnes_TakesTheOthersAndKeepsTheBadOnesAsTheyCame()
    {
        var id = await _bench.Events.SentAsync();
        var at = _bench.Now.ToUnixTimeSeconds();
        var reason = "550 5.1.1 \\u001b[31m<script>alert(1)</script>" + new string('x', 65_536);
        var events = Enumerable.Range(0, 997).Select(i => $$"""{"email":"to@y.example","event":"open","sg_event_id":"e{{i}}","timestamp":{{at}},"orid":"{{EventBench.Token(id)}}"}""")
            .Append("""{"event":42,"email":["nobody"]}""")
            .Append("""{"event":"half \ud800 of a pair","sg_event_id":"x","timestamp":1}""")
            .Append($$"""{"email":"to@y.example","event":"bounce","type":"bounce","reason":"{{reason}}","sg_event_id":"b","timestamp":{{at}},"orid":"{{EventBench.Token(id)}}"}""");

        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(_bench.Provider.SendGrid($"[{string.Join(',', events)}]", _bench.Now)));

        var heard = await HeardAsync(id);
        Assert.Equal(998, heard.Length);
        var bounce = heard.Single(one => one.Kind == StoreEventKind.BouncedHard);
        Assert.Equal((550, "5.1.1", OutcomeEvent.MaxReason), (bounce.Code, bounce.Status, bounce.Reason.Length));
        Assert.Equal(EntryState.Failed, (await _bench.Events.ReadAsync(id)).State);
        var unknown = (await AllAsync(StoreEventKind.Unknown)).Select(one => one.Event.Reason).ToList();
        Assert.Equal(["""{"event":42,"email":["nobody"]}""", """{"event":"half \ud800 of a pair","sg_event_id":"x","timestamp":1}"""], unknown);
    }

    [Fact]
    public async Task F13_ResendComplaintOfARecipientInCc_SuppressesTheOneItWasSentTo()
    {
        var id = await _bench.Events.SentAsync();

        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(_bench.Provider.Resend(
            $$$"""{"type":"email.complained","created_at":"{{{_bench.Now:O}}}","data":{"email_id":"e-1","to":["first@y.example","second@y.example"],"headers":[{"name":"X-Outreach-Id","value":"{{{EventBench.Token(id)}}}"}]}}""", _bench.Now)));

        Assert.Equal(("to@y.example", SuppressionReason.Complaint), Assert.Single(_bench.Events.Suppressed) is var call ? (call.Recipient, call.Reason) : default);
    }

    [Fact]
    public async Task F15_StoreUnavailable_Is503AndTheRepetitionIsTaken()
    {
        var id = await _bench.Events.SentAsync();
        var good = _bench.Provider.SendGrid(
            $$"""[{"email":"to@y.example","event":"spamreport","sg_event_id":"1","timestamp":{{_bench.Now.ToUnixTimeSeconds()}},"orid":"{{EventBench.Token(id)}}"}]""", _bench.Now);
        _bench.Events.CanSuppress = false;
        using var refused = await _bench.SendAsync(good);
        _bench.Events.CanSuppress = true;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(good));
        Assert.Equal((1, 0, 1), _bench.Events.Counted());
        await _bench.Events.Store.DisposeAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await _bench.PostAsync(_bench.Provider.Delivered(WebhookKind.SendGrid, EventBench.Token(id), _bench.Now, "2")));
    }

    [Fact]
    public async Task F28_NoSecretOrNoSuchUpstream_Is404()
    {
        _bench.Reload("sendgrid", null);

        Assert.Equal(HttpStatusCode.NotFound, await _bench.PostAsync(_bench.Provider.Delivered(WebhookKind.SendGrid, "token", _bench.Now)));
        Assert.Equal(HttpStatusCode.NotFound, await _bench.PostAsync(new Signed("nobody", "[]"u8.ToArray(), [])));
        Assert.Equal(HttpStatusCode.NotFound, await _bench.PostAsync(new Signed("a", "[]"u8.ToArray(), [])));
    }

    [Fact]
    public async Task Get_Webhook_Is404()
    {
        using var client = new HttpClient();

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri(_bench.Address, "/webhooks/sendgrid"))).StatusCode);
    }

    private async Task RefusedAsync(Signed request)
    {
        var before = (await AllAsync()).Length;
        Assert.Equal(HttpStatusCode.Unauthorized, await _bench.PostAsync(request));
        Assert.Equal(before, (await AllAsync()).Length);
    }

    private async Task<ListedEvent[]> AllAsync(params StoreEventKind[] kinds) =>
        [.. (await _bench.Events.Store.ListEventsAsync(new EventFilter { Kinds = kinds, Limit = 2000 }, CancellationToken.None)).Events
            .Where(static listed => listed.Event.Kind != StoreEventKind.InDoubt)];

    private async Task<StoreEvent[]> HeardAsync(long id) =>
        [.. (await _bench.Events.Store.ReadEventsAsync(id, CancellationToken.None)).Where(static one => one.Kind != StoreEventKind.InDoubt)];

    // Within the text: the last character of base64 may hold bits that mean nothing.
    private static string Flip(string value)
    {
        var at = value.Length / 2;
        return value[..at] + (value[at] == 'A' ? 'B' : 'A') + value[(at + 1)..];
    }

    // A body whose length is not known before.
    private sealed class Unsized(byte[] octets) : MemoryStream(octets)
    {
        public Unsized(int octets) : this(new byte[octets]) { }

        public override bool CanSeek => false;
    }
}
