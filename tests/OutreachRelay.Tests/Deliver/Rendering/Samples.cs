using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Outcome.Unsubscribe;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Deliver.Rendering;

/// <summary>A sender, a direction and messages to render.</summary>
internal static class Samples
{
    public const string Received = "Received: by relay.example.com (OutreachRelay)\r\n\twith ESMTPA id 7;\r\n\tSat, 21 Nov 2026 17:00:00 +0000\r\n";
    public const string From = "From: Anna Bell <anna@acme-mail.example>\r\n";

    public static readonly DateTimeOffset Now = new(2026, 11, 21, 18, 30, 15, 678, TimeSpan.FromHours(1));

    public static readonly PoolModel Pool = new() { Name = "cold", Senders = [], DomainDailyLimit = null, Sticky = Stickiness.Recipient };

    public static readonly SenderModel Anna = new()
    {
        Address = Mailbox("anna@acme-mail.example"),
        Key = "anna@acme-mail.example",
        Domain = "acme-mail.example",
        RegisteredDomain = "acme-mail.example",
        DisplayName = "Anna Bell",
        Pool = "cold",
        DailyLimit = 50,
        Weight = 1,
        TimeZone = TimeZoneInfo.Utc,
        Calendar = new SendCalendar(SendWindow.Always, TimeZoneInfo.Utc),
        Upstreams = [],
    };

    public static readonly UpstreamModel Upstream = new()
    {
        Name = "smart",
        Type = UpstreamType.Smtp,
        Host = "127.0.0.1",
        Port = 25,
        Tls = TlsMode.None,
        Credential = null,
        DomainCredentials = [],
        Tier = 1,
        Weight = 1,
        MaxConnections = 1,
        MaxMessagesPerConnection = 1,
    };

    public static Mailbox Mailbox(string address) =>
        Protocols.Smtp.Mailbox.TryParse(address, out var mailbox, out var error) ? mailbox : throw new ArgumentException(error, nameof(address));

    public static DirectionModel Direction(ReplyToModel? replyTo = null, bool keepName = false, bool rewriteId = false) => new()
    {
        Client = "acme",
        Name = "cold",
        Pool = Pool,
        Upstreams = [Upstream],
        ReplyTo = replyTo ?? new ReplyToModel(ReplyToMode.Keep),
        KeepDisplayName = keepName,
        RewriteMessageId = rewriteId,
        DailyLimit = null,
    };

    public static StoredMessage Message(string content) => Message(Encoding.UTF8.GetBytes(content));

    public static StoredMessage Message(byte[] content) => new()
    {
        Id = 7,
        Client = "acme",
        Direction = "cold",
        ReversePath = "old@crm.example",
        ReceivedAt = Now,
        Received = Encoding.ASCII.GetBytes(Received),
        Content = content,
        Length = content.Length,
        NeedsSmtpUtf8 = false,
        Has8Bit = !Ascii.IsValid(content),
    };

    public static TokenKeys Keys { get; } = TokenKeys.TryParse("a-key-that-is-long-enough", out var keys, out _) ? keys : throw new InvalidOperationException();

    public static FrozenRendering Freeze(StoredMessage message, DirectionModel? direction = null, SenderModel? sender = null, DomainModel? domain = null, string? link = null) =>
        RenderingFreezer.Freeze(message, "rita@target.example", direction ?? Direction(), sender ?? Anna, domain, "relay.example.com", Now, "tok-1", Keys,
            link is null ? null : new UnsubscribeWays(link));

    public static RenderedMessage Render(StoredMessage message, DirectionModel? direction = null) =>
        MessageRenderer.Render(message, Freeze(message, direction), Upstream);

    /// <summary>The rendered header section of a message whose own is <paramref name="fields"/>, without our Received.</summary>
    public static string Head(string fields, DirectionModel? direction = null, SenderModel? sender = null, string? link = null)
    {
        var message = Message(fields + "\r\nbody\r\n");
        var rendered = MessageRenderer.Render(message, Freeze(message, direction, sender, link: link), Upstream);
        Assert.Equal("body\r\n"u8.ToArray(), rendered.Body.ToArray());
        var head = Encoding.UTF8.GetString(rendered.Head.Span);
        Assert.StartsWith(Received, head);
        Assert.EndsWith("\r\n\r\n", head);
        return head[Received.Length..^2];
    }
}
