using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Events;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Bounces;

/// <summary>An address at which mail comes back.</summary>
/// <param name="Token">Of the entry whose return path it is; <see langword="null"/> for the one to which providers send feedback reports.</param>
public readonly record struct ReturnAddress(string? Token);

/// <summary>Takes mail that came back: what it tells is on disk before it is taken.</summary>
public sealed partial class BounceIntake(OutcomeEvents events, IStore store, RelayState relay, Func<TokenKeys> keys, TimeProvider time, ILogger<BounceIntake> logger)
{
    /// <summary>Octets of a mail that are looked at. What a report says stands before what it returns.</summary>
    public const int MaxContent = 1 << 20;

    /// <summary>The mailbox, at every return path's domain, for feedback reports (RFC 5965): it is what one registers with the providers that send them.</summary>
    public const string FeedbackMailbox = "feedback";

    private static readonly SmtpReply Taken = new(250, 2, 6, 0, "Taken");
    private static readonly SmtpReply NotKept = new(451, 4, 3, 0, "What it tells cannot be kept at the moment");

    public StoreHealth StoreHealth => store.Health;

    /// <summary>Whether mail to this address comes back to us; <see langword="null"/> when not.</summary>
    public ReturnAddress? Find(RelayModel model, Mailbox recipient)
    {
        if (!model.Domains.Values.Any(domain => domain.ReturnPath == recipient.AsciiDomain))
            return null;
        if (recipient.LocalPart.Equals(FeedbackMailbox, StringComparison.OrdinalIgnoreCase))
            return new ReturnAddress(null);
        return ReturnPath.FindToken(recipient.LocalPart, keys()) is { } token ? new ReturnAddress(token) : null;
    }

    /// <summary>Reads a mail and records what it tells.</summary>
    /// <param name="content">At most <see cref="MaxContent"/> octets of it.</param>
    /// <param name="token">Of the return path to which it came, or <see langword="null"/>.</param>
    /// <returns>250 when it is done with; 451 when it must come again.</returns>
    public async ValueTask<SmtpReply> TakeAsync(ReadOnlyMemory<byte> content, string? token)
    {
        var heard = ReturnedMail.Read(content, token, relay.Model, keys(), time.GetUtcNow(), out var kind);
        if (!heard.IsEmpty && !await events.RecordAsync(heard))
            return NotKept;
        BounceMetrics.Taken(kind);
        Log.Taken(logger, kind, heard.Length);
        return Taken;
    }

    private static partial class Log
    {
        [LoggerMessage(5020, LogLevel.Debug, "Mail came back: {Kind}, events: {Events}")]
        public static partial void Taken(ILogger logger, string kind, int events);
    }
}
