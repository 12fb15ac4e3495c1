using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Webhooks;
using OutreachRelay.Store;
using OutreachRelay.Tests.Outcome.Events;
using OutreachRelay.Tests.Store;

namespace OutreachRelay.Tests.Outcome.Webhooks;

/// <summary>Amazon SNS: what is verified, what is fetched for it, and what never is.</summary>
public sealed class SnsTests : IAsyncLifetime
{
    private const string SubscribeUrl = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:123456789012:ses-events&Token=abc";

    private WebhookBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await WebhookBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData("1", null)]
    [InlineData("2", null)]
    [InlineData("1", "Amazon SES Email Event Notification")]
    [InlineData("2", "")]
    public async Task F6_Notification_OfEitherVersionWithOrWithoutSubject_IsVerified(string version, string? subject)
    {
        var id = await _bench.Events.SentAsync(EntryState.InDoubt);
        var message = $$$"""{"notificationType":"Delivery",{{{"\n"}}}"mail":{"messageId":"0102","tags":{"orid":["{{{EventBench.Token(id)}}}"]}},"delivery":{"timestamp":"{{{_bench.Now:O}}}","recipients":["to@y.example"]}}""";

        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(_bench.Provider.Ses(message, _bench.Now, version, subject)));

        Assert.Equal(EntryState.Relayed, (await _bench.Events.ReadAsync(id)).State);
    }

    [Theory]
    [InlineData("http://sns.eu-west-1.amazonaws.com/x.pem")]
    [InlineData("https://evil.example/x.pem")]
    [InlineData("https://sns.evil.com/x.pem")]
    [InlineData("https://sns.eu-west-1.amazonaws.com.evil.com/x.pem")]
    [InlineData("https://sns.us-east-1.amazonaws.com/x.pem")]
    [InlineData("https://user@sns.eu-west-1.amazonaws.com/x.pem")]
    [InlineData("https://sns.eu-west-1.amazonaws.com:8443/x.pem")]
    [InlineData("https://sns.eu-west-1.amazonaws.com/x.txt")]
    [InlineData("https://sns.eu-west-1.amazonaws.com/x.pem?u=https://evil.example")]
    [InlineData("https://127.0.0.1/x.pem")]
    [InlineData("file:///etc/passwd.pem")]
    [InlineData("x.pem")]
    public async Task F6_CertificateUrlThatIsNotOfSns_IsRefusedAndNotFetched(string url)
    {
        var request = _bench.Provider.Sns(new JsonObject { ["SigningCertURL"] = url }, _bench.Now);

        Assert.Equal(HttpStatusCode.Unauthorized, await _bench.PostAsync(request));
        Assert.Empty(_bench.Fetched);
    }

    [Fact]
    public async Task F6_Certificate_IsFetchedOnce()
    {
        for (var i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(_bench.Provider.Delivered(WebhookKind.Ses, "token", _bench.Now, $"{i}")));

        Assert.Equal([new Uri(Provider.CertificateUrl)], _bench.Fetched);
    }

    [Fact]
    public async Task F6_ManyCertificateUrls_AreFetchedABoundedNumberOfTimes()
    {
        _bench.At = static _ => null;
        for (var i = 0; i < 20; i++)
        {
            var request = _bench.Provider.Sns(new JsonObject { ["SigningCertURL"] = $"https://sns.eu-west-1.amazonaws.com/{i}.pem" }, _bench.Now);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await _bench.PostAsync(request));
        }

        Assert.Equal(6, _bench.Fetched.Count);
    }

    [Fact]
    public async Task F6_FetchThatHangs_KeepsNobodyWaitingWhoseCertificateIsKnown()
    {
        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(_bench.Provider.Delivered(WebhookKind.Ses, "token", _bench.Now, "1")));
        var hangs = new TaskCompletionSource();
        _bench.FetchGate = hangs.Task;
        var stranger = _bench.PostAsync(_bench.Provider.Sns(new JsonObject { ["SigningCertURL"] = "https://sns.eu-west-1.amazonaws.com/x.pem" }, _bench.Now));
        await Eventually.TrueAsync(() => _bench.Fetched.Count == 2);

        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(_bench.Provider.Delivered(WebhookKind.Ses, "token", _bench.Now, "2")));

        Assert.False(stranger.IsCompleted);
        hangs.SetResult();
        await stranger;
    }

    [Theory]
    [InlineData("no certificate")]
    [InlineData("")]
    public async Task F6_CertificateThatIsNone_IsRefused(string content)
    {
        _bench.At = _ => Encoding.ASCII.GetBytes(content);

        Assert.Equal(HttpStatusCode.Unauthorized, await _bench.PostAsync(_bench.Provider.Delivered(WebhookKind.Ses, "token", _bench.Now)));
    }

    [Fact]
    public async Task F6_CertificateOfAnotherNameOrAnotherAuthority_IsRefused()
    {
        using var stranger = new Provider(_bench.Events.Time);
        string[] certificates =
        [
            _bench.Provider.Authority.Issue("evil.example").CertificatePem + _bench.Provider.Authority.IntermediatePem,
            _bench.Provider.Authority.Issue("sns.amazonaws.com", days: -1).CertificatePem + _bench.Provider.Authority.IntermediatePem,
            stranger.SnsPem,
        ];
        foreach (var pem in certificates)
        {
            _bench.At = _ => Encoding.ASCII.GetBytes(pem);
            Assert.Equal(HttpStatusCode.Unauthorized, await _bench.PostAsync(_bench.Provider.Delivered(WebhookKind.Ses, "token", _bench.Now)));
        }
    }

    [Fact]
    public async Task F7_TopicOfAStrangerWithAValidSignature_IsRefusedAndNothingIsFetched()
    {
        var notification = _bench.Provider.Sns(new JsonObject { ["TopicArn"] = "arn:aws:sns:eu-west-1:999999999999:evil" }, _bench.Now);
        var subscription = _bench.Provider.Sns(
            new JsonObject { ["Type"] = "SubscriptionConfirmation", ["TopicArn"] = "arn:aws:sns:eu-west-1:999999999999:evil", ["Token"] = "abc", ["SubscribeURL"] = SubscribeUrl }, _bench.Now);

        Assert.Equal(HttpStatusCode.Unauthorized, await _bench.PostAsync(notification));
        Assert.Equal(HttpStatusCode.Unauthorized, await _bench.PostAsync(subscription));
        Assert.Empty(_bench.Fetched);
    }

    [Fact]
    public async Task F7_SubscriptionOfOurs_IsConfirmedOnce()
    {
        var request = _bench.Provider.Sns(new JsonObject { ["Type"] = "SubscriptionConfirmation", ["Token"] = "abc", ["SubscribeURL"] = SubscribeUrl }, _bench.Now);

        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(request));
        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(request));

        Assert.Equal([new Uri(Provider.CertificateUrl), new Uri(SubscribeUrl)], _bench.Fetched);
    }

    [Fact]
    public async Task F7_SubscriptionThatCannotBeConfirmedNow_IsAskedForAgain()
    {
        var request = _bench.Provider.Sns(new JsonObject { ["Type"] = "SubscriptionConfirmation", ["Token"] = "abc", ["SubscribeURL"] = SubscribeUrl }, _bench.Now);
        var pem = _bench.At;
        _bench.At = url => url.Query.Length > 0 ? null : pem(url);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await _bench.PostAsync(request));
        _bench.At = pem;

        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(request));
    }

    [Theory]
    [InlineData("https://evil.example/?Action=ConfirmSubscription")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription")]
    public async Task F7_SubscribeUrlThatIsNotOfSns_IsNotFetched(string url)
    {
        var request = _bench.Provider.Sns(new JsonObject { ["Type"] = "SubscriptionConfirmation", ["Token"] = "abc", ["SubscribeURL"] = url }, _bench.Now);

        Assert.Equal(HttpStatusCode.Unauthorized, await _bench.PostAsync(request));
        Assert.Equal([new Uri(Provider.CertificateUrl)], _bench.Fetched);
    }

    [Fact]
    public async Task F7_HeaderThatSaysOtherwiseThanTheBody_IsRefused()
    {
        var good = _bench.Provider.Delivered(WebhookKind.Ses, "token", _bench.Now);

        Assert.Equal(HttpStatusCode.Unauthorized, await _bench.PostAsync(good with { Headers = [("x-amz-sns-message-type", "SubscriptionConfirmation"), good.Headers[1]] }));
        Assert.Equal(HttpStatusCode.Unauthorized, await _bench.PostAsync(good with { Headers = [good.Headers[0], ("x-amz-sns-message-id", "another")] }));
    }

    [Fact]
    public async Task Notification_ThatTheTopicWorks_IsNoEvent()
    {
        Assert.Equal(HttpStatusCode.OK, await _bench.PostAsync(
            _bench.Provider.Ses("Successfully validated SNS topic for Amazon SES event publishing.", _bench.Now)));

        Assert.Empty((await _bench.Events.Store.ListEventsAsync(new EventFilter(), CancellationToken.None)).Events);
    }

    [Theory]
    [InlineData("arn:aws:sns:eu-west-1:123456789012:ses-events", true)]
    [InlineData("arn:aws-cn:sns:cn-north-1:123456789012:a", true)]
    [InlineData("arn:aws:sqs:eu-west-1:123456789012:ses-events", false)]
    [InlineData("arn:aws:sns:eu-west-1.evil.com/:123456789012:a", false)]
    [InlineData("ses-events", false)]
    public void IsTopic_Name_IsAnArnOfSns(string arn, bool expected) => Assert.Equal(expected, SnsMessage.IsTopic(arn));
}
