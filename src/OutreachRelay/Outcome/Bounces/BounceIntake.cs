using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Events;
using OutreachRelay.Outcome.Unsubscribe;
using OutreachRelay.Protocols.Dsn;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Bounces;

/// <summary>An address at which mail comes back.</summary>
/// <param name="Token">Of the entry whose return path it is; <see langword="null"/> for any other.</param>
/// <param name="OptOut">Set where one writes to unsubscribe; <see langword="null"/> elsewhere.</param>
public readonly record struct ReturnAddress(string? Token, UnsubscribeToken? OptOut = null)
{
    /// <summary>To which providers send feedback reports, and where nothing is known.</summary>
    public static readonly ReturnAddress Feedback;
}

/// <summary>Takes mail that came back: what it tells is on disk before it is taken.</summary>
public sealed partial class BounceIntake(OutcomeEvents events, OptOuts optOuts, IStore store, RelayState relay, Func<TokenKeys> keys, TimeProvider time, ILogger<BounceIntake> logger)
{
    /// <summary>Octets of a mail that are looked at. What a report says stands before what it returns.</summary>
    public const int MaxContent = 1 << 20;

    /// <summary>The mailbox, at every return path's domain, for feedback reports (RFC 5965): it is what one registers with the providers that send them.</summary>
    public const string FeedbackMailbox = "feedback";

    public StoreHealth StoreHealth => store.Health;

    /// <summary>Whether mail to this address comes back to us; <see langword="null"/> when not.</summary>
    public ReturnAddress? Find(RelayModel model, Mailbox recipient)
    {
        if (!model.Domains.Values.Any(domain => domain.ReturnPath == recipient.AsciiDomain))
            return null;
        if (recipient.LocalPart.Equals(FeedbackMailbox, StringComparison.OrdinalIgnoreCase))
            return ReturnAddress.Feedback;
        if (UnsubscribeMailbox.TryRead(recipient.LocalPart, keys(), out var optOut))
            return new ReturnAddress(null, optOut);
        return ReturnPath.FindToken(recipient.LocalPart, keys()) is { } token ? new ReturnAddress(token) : null;
    }

    /// <summary>Reads a mail and records what it tells.</summary>
    /// <param name="content">At most <see cref="MaxContent"/> octets of it.</param>
    /// <param name="address">At which it came in.</param>
    public async ValueTask<ReturnReceipt> TakeAsync(ReadOnlyMemory<byte> content, ReturnAddress address)
    {
        if (address.OptOut is { } optOut)
            return await TakeOptOutAsync(optOut);
        var heard = ReturnedMail.Read(content, address.Token, relay.Model, keys(), time.GetUtcNow(), out var findings);
        ImmutableArray<RecordedEvent>? recorded = heard.IsEmpty ? [] : await events.TellAsync(heard);
        var receipt = new ReturnReceipt(recorded is not null, Match(findings, recorded ?? []));
        if (receipt.IsKept)
        {
            var kind = findings.IsEmpty ? "other" : findings[0].Word;
            BounceMetrics.Taken(kind);
            Log.Taken(logger, kind, heard.Length);
        }
        return receipt;
    }

    /// <summary>As <see cref="TakeAsync"/>, of a mail that a mailbox took for us: the address at which it came in is looked for in its header section.</summary>
    public ValueTask<ReturnReceipt> TakeDeliveredAsync(ReadOnlyMemory<byte> content)
    {
        var model = relay.Model;
        var address = Addressees.Read(content).Select(addressee => Find(model, addressee)).FirstOrDefault(static found => found is not null);
        return TakeAsync(content, address ?? ReturnAddress.Feedback);
    }

    // An out-of-office reply to it opts out as well: it is an answer to a mail in which somebody asked for that.
    private async ValueTask<ReturnReceipt> TakeOptOutAsync(UnsubscribeToken token)
    {
        var isKept = await optOuts.TakeMailAsync(token);
        var finding = isKept is null ? BounceFinding.Other : BounceFinding.OptOut;
        UnsubscribeMetrics.Answered(isKept switch { true => "mailed", false => "unavailable", null => "unknown" });
        if (isKept != false)
            BounceMetrics.Taken(finding.Word);
        return new ReturnReceipt(isKept != false, [isKept is null ? new TakenFinding(finding) : new TakenFinding(finding, TakenAs.Recorded, token.Entry)]);
    }

    private static ImmutableArray<TakenFinding> Match(ImmutableArray<BounceFinding> findings, ImmutableArray<RecordedEvent> recorded)
    {
        var next = 0;
        return [.. findings.Select(finding => finding.IsEvent && next < recorded.Length ? TakenFinding.Of(finding, recorded[next++]) : new TakenFinding(finding))];
    }

    private static partial class Log
    {
        [LoggerMessage(5020, LogLevel.Debug, "Mail came back: {Kind}, events: {Events}")]
        public static partial void Taken(ILogger logger, string kind, int events);
    }
}
