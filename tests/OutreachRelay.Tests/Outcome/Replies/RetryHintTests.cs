using OutreachRelay.Outcome.Replies;

namespace OutreachRelay.Tests.Outcome.Replies;

public sealed class RetryHintTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 20, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Greylisted, try again in 300 seconds", 300)]
    [InlineData("Greylisted for 300 seconds (see https://postgrey.example/help)", 300)]
    [InlineData("Greylisted for 00:05:00", 300)]
    [InlineData("Greylisting in action, please come back in 00:04:37", 277)]
    [InlineData("graylisted 60 seconds", 60)]
    [InlineData("Please retry after 5 minutes", 300)]
    [InlineData("Retry after 5 min.", 300)]
    [InlineData("retry-after: 120 seconds", 120)]
    [InlineData("Please wait 60 seconds", 60)]
    [InlineData("wait at least 15 minutes before retrying", 900)]
    [InlineData("PLEASE TRY AGAIN IN 2 HOURS", 7200)]
    [InlineData("Try again in about 1 hour", 3600)]
    [InlineData("Try again in 1 hour and 30 minutes", 5400)]
    [InlineData("Try again in 1h30m", 5400)]
    [InlineData("Try again in 1 hour, 2 minutes, 3 seconds", 3723)]
    [InlineData("try again in 300s", 300)]
    [InlineData("try again in 5m.", 300)]
    [InlineData("try again in (300 seconds)", 300)]
    [InlineData("Please try again 5 minutes later", 300)]
    [InlineData("Temporarily deferred for 10 mins", 600)]
    [InlineData("You are throttled for the next 30 secs", 30)]
    [InlineData("Sending limit reached, blocked for 1 hr", 3600)]
    [InlineData("Temporary failure, resubmit within 45 seconds", 45)]
    [InlineData("try again\nin 300\r\nseconds", 300)]
    [InlineData("4.7.1 [203.0.113.7] greylisted, retry in 7 minutes", 420)]
    [InlineData("Domain d.example is not allowed to send: recipient limit exceeded, try again after Mon, 02 Mar 2026 10:20:00 UTC", 3600)]
    [InlineData("limit exceeded, try again after: Mon, 02 Mar 2026 09:30:00 GMT", 600)]
    [InlineData("Throttled until 2026-03-02T10:00:00Z", 2400)]
    [InlineData("Throttled until 2026-03-02T12:00:00+02:00", 2400)]
    [InlineData("Messages per second limit exceeded", 1)]
    [InlineData("Too many recipients received this hour (throttled)", 2400)]
    [InlineData("Daily message quota exceeded", 1800)]
    [InlineData("You may send 100 messages per day", 1800)]
    [InlineData("Limit reached for today", 1800)]
    [InlineData("try again in 24 hours", 86400)]
    [InlineData("try again in 1 second", 1)]
    [InlineData("try again in 10 units, or in 20 seconds", 20)]
    public void S39_WaitInATransientReply_IsFound(string text, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryHint.Parse(451, text, Now, Now.AddDays(3)));

    [Theory]
    [InlineData("")]
    [InlineData("Try again later")]
    [InlineData("Greylisted")]
    [InlineData("Timed out after 300 seconds")]
    [InlineData("in 300 seconds")]
    [InlineData("The last 300 seconds were too busy, try again")]
    [InlineData("Try again in 0 seconds")]
    [InlineData("Try again in 300")]
    [InlineData("Try again in 300 messages")]
    [InlineData("Try again in 300ms")]
    [InlineData("Try again in -300 seconds")]
    [InlineData("Try again in 1.5 hours")]
    [InlineData("Try again in 25 hours")]
    [InlineData("Try again in 10 years")]
    [InlineData("Try again in 315360000 seconds")]
    [InlineData("Try again in 99999999999999999999 seconds")]
    [InlineData("Try again in 999999h999999h999999h")]
    [InlineData("Try again in 23h 59m 61s")]
    [InlineData("Try again for 192.0.2.30 minutes")]
    [InlineData("Blocked for 10.20.30.5 seconds")]
    [InlineData("Retry 300s.mx.example.com")]
    [InlineData("Retry after 5m.example.com")]
    [InlineData("Deferred, id in-300s-a17")]
    [InlineData("Deferred for A300 seconds")]
    [InlineData("Deferred for 300s@example.com")]
    [InlineData("Try again in 5minutesandabit")]
    [InlineData("Try again after Mon, 02 Mar 2026 09:19:59 UTC")]
    [InlineData("Try again after Mon, 02 Mar 2036 09:20:00 UTC")]
    [InlineData("Try again after 2026-03-02T09:30:00")]
    [InlineData("Try again in 99:99:99")]
    public void S39_NoWaitThatCanBeMeant_IsIgnored(string text) => Assert.Null(RetryHint.Parse(451, text, Now, Now.AddDays(30)));

    [Theory]
    [InlineData(250)]
    [InlineData(354)]
    [InlineData(500)]
    [InlineData(550)]
    [InlineData(0)]
    public void S39_OtherCode_AsksForNothing(int code) => Assert.Null(RetryHint.Parse(code, "try again in 300 seconds", Now, Now.AddDays(3)));

    [Fact]
    public void S39_WaitBeyondExpiry_IsIgnored()
    {
        Assert.Null(RetryHint.Parse(450, "try again in 300 seconds", Now, Now.AddSeconds(300)));
        Assert.NotNull(RetryHint.Parse(450, "try again in 300 seconds", Now, Now.AddSeconds(301)));
        Assert.Null(RetryHint.Parse(450, "try again in 300 seconds", Now, DateTimeOffset.MinValue));
        Assert.NotNull(RetryHint.Parse(450, "try again in 300 seconds", Now, DateTimeOffset.MaxValue));
    }
}
