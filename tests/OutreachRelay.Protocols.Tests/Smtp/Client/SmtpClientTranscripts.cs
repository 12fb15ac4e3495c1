using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Smtp.Client;

/// <summary>What the tests of the client session have in common: parts of transcripts, and a client that plays against them.</summary>
internal static class SmtpClientTranscripts
{
    public const string Small = "Subject: hello\r\n\r\nHello.\r\n";

    public const string Greeting = """
        S: 220 mx.example ESMTP
        C: EHLO relay.example
        S: 250-mx.example
        S: 250-PIPELINING
        S: 250 ENHANCEDSTATUSCODES

        """;

    public const string Envelope = """
        C: MAIL FROM:<jane@example.com>
        C: RCPT TO:<bob@example.net>
        C: DATA

        """;

    public const string GoAhead = """
        S: 250 2.1.0 ok
        S: 250 2.1.5 ok
        S: 354 go ahead

        """;

    /// <summary>A whole transaction that succeeds.</summary>
    public const string Carried = Envelope + GoAhead + """
        ! content
        S: 250 2.0.0 queued

        """;

    public static readonly OutgoingEnvelope Jane = new("jane@example.com", "bob@example.net", EightBit: false, SmtpUtf8: false);

    public static SmtpClientOptions Options(ScriptedUpstream upstream) => new()
    {
        Host = "localhost",
        Addresses = [System.Net.IPAddress.Loopback],
        Port = upstream.Port,
        LocalName = "relay.example",
        Tls = SmtpClientTls.None,
        // Fake time may run before the connection is there; the tests that mean this timeout set it.
        Timeouts = new SmtpClientTimeouts { Connect = TimeSpan.FromDays(1) },
    };

    public static async Task<(SmtpClientSession? Session, SmtpResult Result)> OpenAsync(ScriptedUpstream upstream, SmtpClientOptions? options = null) =>
        await SmtpClientSession.OpenAsync(options ?? Options(upstream), upstream.Time ?? TimeProvider.System, default).WaitAsync(ScriptedUpstream.Patience);

    public static async Task<SmtpClientSession> OpenedAsync(ScriptedUpstream upstream, SmtpClientOptions? options = null)
    {
        var (session, result) = await OpenAsync(upstream, options);
        Assert.True(result.Succeeded, result.ToString());
        return session!;
    }

    public static Task<SmtpResult> SendAsync(this SmtpClientSession session, string content = Small) => session.SendAsync(Jane, Content(content));

    public static Task<SmtpResult> SendAsync(this SmtpClientSession session, OutgoingEnvelope envelope, OutgoingContent content) =>
        session.SendAsync(envelope, content, default).WaitAsync(ScriptedUpstream.Patience);

    public static OutgoingContent Content(string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        var body = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        return new OutgoingContent(octets.AsMemory(0, body), octets.AsMemory(body), null, octets.Length);
    }

    /// <summary>Opens a session, sends one small message and closes.</summary>
    public static async Task<SmtpResult> SendOneAsync(ScriptedUpstream upstream, SmtpClientOptions? options = null)
    {
        await using var session = await OpenedAsync(upstream, options);
        return await session.SendAsync();
    }
}
