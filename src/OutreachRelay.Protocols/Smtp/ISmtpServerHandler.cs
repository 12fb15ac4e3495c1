using System.Buffers;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>Decides what a server session accepts. One per connection; never called concurrently. A reply with code 421 ends the session.</summary>
public interface ISmtpServerHandler
{
    /// <summary>Checks a login. The authorization id is part of it (RFC 4954 §4).</summary>
    /// <returns>235 2.7.0 when logged in; anything else is a refusal.</returns>
    ValueTask<SmtpReply> AuthenticateAsync(SmtpCredentials credentials, CancellationToken cancel);

    /// <summary>Opens a mail transaction when its reply is positive.</summary>
    ValueTask<SmtpReply> MailAsync(MailCommand command, CancellationToken cancel);

    /// <summary>Adds a recipient to the open transaction when its reply is positive.</summary>
    ValueTask<SmtpReply> RcptAsync(RcptCommand command, CancellationToken cancel);

    /// <summary>DATA or the first BDAT was accepted: where the content goes. Called before 354 is sent.</summary>
    IContentSink BeginContent();

    /// <summary>The content is complete, within the limits and free of bare CR, bare LF and NUL.</summary>
    /// <param name="cancel">The abort of the session; a commit that has begun is better finished.</param>
    /// <returns>What is sent: after a positive reply the message is ours (RFC 5321 §6.1).</returns>
    ValueTask<SmtpReply> EndContentAsync(IContentSink content, CancellationToken cancel);

    /// <summary>
    /// The transaction is over or abandoned: frees what it holds. Called exactly once per transaction that <see cref="MailAsync"/> opened,
    /// after <see cref="EndContentAsync"/> too; for refused content as soon as that is certain.
    /// </summary>
    void Reset();

    /// <summary>The connection is encrypted from here on: a login that was given before is void (RFC 3207 §4.2). No transaction is open.</summary>
    void StartOver();
}

/// <summary>Takes the content of one message: lines end in CRLF, dots are unstuffed.</summary>
public interface IContentSink
{
    IBufferWriter<byte> Writer { get; }

    /// <summary>Called after each read from the connection; what was written may be moved to disk.</summary>
    ValueTask FlushAsync(CancellationToken cancel);
}

/// <summary>What AUTH PLAIN or LOGIN gave, not yet checked.</summary>
/// <param name="AuthorizationId">Who the client wants to act as; empty for itself (RFC 4616 §2).</param>
public sealed record SmtpCredentials(string AuthorizationId, string Username, string Password)
{
    // A record prints its members, and this must not reach a log.
    public override string ToString() => nameof(SmtpCredentials);
}

/// <summary>MAIL (RFC 5321 §4.1.1.2).</summary>
/// <param name="ReversePath"><see langword="null"/> for the null reverse-path <c>&lt;&gt;</c>.</param>
/// <param name="Size">SIZE in octets, as declared; within <see cref="SmtpServerOptions.MaxMessageSize"/>.</param>
/// <param name="EightBit">BODY=8BITMIME (RFC 6152).</param>
/// <param name="SmtpUtf8">SMTPUTF8 (RFC 6531).</param>
/// <param name="AuthParameter">AUTH=, xtext decoded (RFC 4954 §5); <c>&lt;&gt;</c> when the client does not vouch for anybody.</param>
public sealed record MailCommand(
    Mailbox? ReversePath, long? Size = null, bool EightBit = false, bool SmtpUtf8 = false, string? AuthParameter = null);

/// <summary>RCPT (RFC 5321 §4.1.1.3).</summary>
/// <param name="Recipient"><see langword="null"/> when <paramref name="IsPostmaster"/>.</param>
/// <param name="IsPostmaster"><c>&lt;Postmaster&gt;</c> without a domain, in any case.</param>
public sealed record RcptCommand(Mailbox? Recipient, bool IsPostmaster = false);
