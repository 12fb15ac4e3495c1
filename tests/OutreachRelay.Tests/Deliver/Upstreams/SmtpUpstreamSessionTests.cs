using System.Text;
using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Outcome;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Protocols.Tests.Smtp.Client;

namespace OutreachRelay.Tests.Deliver.Upstreams;

public sealed class SmtpUpstreamSessionTests : IDisposable
{
    private const string Hello = "S: 220 hi\nC: EHLO relay.example.com\nS: 250-hi\nS: 250-SIZE 1000\nS: 250 8BITMIME\n";

    private const string Rest = "C: RCPT TO:<to@y.example>\nS: 250 ok\nC: DATA\nS: 354 go\n! content\nS: 250 ok\n";

    private const string Plain = "C: MAIL FROM:<a@x.example>\nS: 250 ok\n" + Rest;

    private const string Refusing = "C: MAIL FROM:<a@x.example> SIZE=28 BODY=8BITMIME\nS: 555 5.5.4 what\n";

    private readonly RefusedParameters _refused = new();
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S11_ParametersRefused_GoesOnceMoreWithoutThem(bool inFile)
    {
        await using var upstream = new ScriptedUpstream($"{Hello}{Refusing}C: RSET\nS: 250 ok\n{Plain}C: QUIT\nS: 221 bye");
        await using var session = await OpenAsync(upstream);

        var result = await SendAsync(session, Message(inFile: inFile));

        Assert.True(result.Succeeded, result.ToString());
        Assert.Single(upstream.Messages);
    }

    [Fact]
    public async Task S11_ParametersRefusedOnce_AreOmittedByTheNextSessionToo()
    {
        await using var upstream = new ScriptedUpstream($"{Hello}{Refusing}C: RSET\nS: 250 ok\n{Plain}C: QUIT\nS: 221 bye", $"{Hello}{Plain}C: QUIT\nS: 221 bye");
        await using (var first = await OpenAsync(upstream))
            Assert.True((await SendAsync(first, Message())).Succeeded);

        await using var second = await OpenAsync(upstream);

        Assert.True((await SendAsync(second, Message())).Succeeded);
    }

    [Fact]
    public async Task S11_OfferChanges_ParametersAreTriedAgain()
    {
        _refused.Note(new SmtpCapabilities { Offer = "SIZE 999\n8BITMIME" });
        await using var upstream = new ScriptedUpstream($"{Hello}C: MAIL FROM:<a@x.example> SIZE=28 BODY=8BITMIME\nS: 250 ok\n{Rest}C: QUIT\nS: 221 bye");
        await using var session = await OpenAsync(upstream);

        Assert.True((await SendAsync(session, Message())).Succeeded);
    }

    [Fact]
    public async Task S11_RefusedWithoutParametersToo_IsARefusal()
    {
        await using var upstream = new ScriptedUpstream(
            $"{Hello}{Refusing}C: RSET\nS: 250 ok\nC: MAIL FROM:<a@x.example>\nS: 555 5.5.4 still\nC: QUIT\nS: 221 bye");
        await using var session = await OpenAsync(upstream);

        var result = await SendAsync(session, Message());

        Assert.Equal((SmtpFailureKind.Refused, 555), (result.Failure, result.Reply!.Code));
    }

    [Fact]
    public async Task W32_HeaderThatNeedsSmtpUtf8_IsNotSentWithoutIt()
    {
        await using var upstream = new ScriptedUpstream(Hello + "C: QUIT\nS: 221 bye");
        await using var session = await OpenAsync(upstream);

        var result = await SendAsync(session, Message() with { NeedsSmtpUtf8 = true });

        Assert.Equal((SmtpFailureKind.MissingExtension, true), (result.Failure, session.IsUsable));
    }

    [Fact]
    public async Task Send_ContentFileCannotBeOpened_IsNoDoubtAndKeepsTheSession()
    {
        await using var upstream = new ScriptedUpstream($"{Hello}C: QUIT\nS: 221 bye");
        await using var session = await OpenAsync(upstream);
        var message = Message(inFile: true);
        File.Delete(_file);

        var result = await SendAsync(session, message);

        Assert.Equal((SmtpFailureKind.Content, false, true), (result.Failure, result.InDoubt, session.IsUsable));
        Assert.Equal(ReplyAction.Retry, AttemptMeaning.Of(result, Models.ShippedReplies, null).Action);
    }

    [Fact]
    public async Task S38_MessagesPerConnection_EndTheSession()
    {
        await using var upstream = new ScriptedUpstream(
            $"S: 220 hi\nC: EHLO relay.example.com\nS: 250 hi\n{Plain}{Plain}C: QUIT\nS: 221 bye");
        var session = await OpenAsync(upstream, maxMessages: 2);
        var ascii = Message() with { Has8Bit = false };

        Assert.True((await SendAsync(session, ascii)).Succeeded);
        Assert.True(session.IsUsable);
        Assert.True((await SendAsync(session, ascii)).Succeeded);
        Assert.False(session.IsUsable);

        await session.DisposeAsync();
        await upstream.PlayedAsync();
    }

    private RenderedMessage Message(bool inFile = false)
    {
        var head = "Subject: hello\r\n\r\n"u8.ToArray();
        var body = Encoding.UTF8.GetBytes("Grüße!\r\n");
        if (!inFile)
            return Rendered(head, body, null, head.Length + body.Length);
        File.WriteAllBytes(_file, [.. head, .. body]);
        return Rendered(head, default, _file, head.Length + body.Length);
    }

    private static RenderedMessage Rendered(byte[] head, ReadOnlyMemory<byte> body, string? file, long length) => new()
    {
        Head = head,
        Body = body,
        BodyFile = file,
        BodyOffset = file is null ? 0 : head.Length,
        Length = length,
        Has8Bit = true,
        NeedsSmtpUtf8 = false,
    };

    private async Task<SmtpUpstreamSession> OpenAsync(ScriptedUpstream upstream, int maxMessages = 100)
    {
        var opening = new SmtpUpstreamOpening((_, _) => throw new InvalidOperationException("asked"), TimeProvider.System);
        var (session, result) = await opening.RunAsync(Models.Upstream("up", port: upstream.Port), null, "relay.example.com", default);
        Assert.True(result.Succeeded, result.ToString());
        return new SmtpUpstreamSession(session!, "", _refused, maxMessages);
    }

    private static Task<SmtpResult> SendAsync(SmtpUpstreamSession session, RenderedMessage message) =>
        session.SendAsync("a@x.example", "to@y.example", message, "id", default).WaitAsync(ScriptedUpstream.Patience);
}
