using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Dsn;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Bounces;

/// <summary>Makes events of a mail that came back: what it says, and of which entry. Pure.</summary>
public static class ReturnedMail
{
    private const int MostRecipients = 100;

    /// <summary>How mails that came back are read: without more recipients than an event each is worth.</summary>
    public static BounceOptions Options { get; } = new() { MaxRecipients = MostRecipients };

    /// <summary>The events that a mail tells of; none when nothing in it names an entry.</summary>
    /// <param name="content">The mail, bounded by whoever took it.</param>
    /// <param name="addressee">The token of the return path at which it came in, or <see langword="null"/>: then it is looked for in the mail.</param>
    /// <param name="findings">What it says, whoever it is about. Those that are events have theirs in the result, in the same order, if any has.</param>
    /// <remarks>
    /// An entry is named by a token that we signed, wherever it stands, else by the Message-ID of the original together with the recipient. Without either it is anybody's
    /// word, and has no effect.
    /// </remarks>
    public static ImmutableArray<OutcomeEvent> Read(ReadOnlyMemory<byte> content, string? addressee, RelayModel model, TokenKeys keys, DateTimeOffset now,
        out ImmutableArray<BounceFinding> findings)
    {
        var report = BounceReader.Read(content, Options, hasNullReversePath: addressee is not null);
        findings = BounceClassifier.Classify(report, model.Replies);
        var token = addressee ?? FindToken(report, keys);
        var messageId = report.Original?.MessageId;
        if (token is null && messageId is null)
            return [];
        return
        [
            .. findings.Where(static finding => finding.IsEvent).Select(finding => new OutcomeEvent
            {
                Kind = finding.Kind,
                Time = TimeOf(report, now),
                Upstream = null,
                // The same mail comes again with other trace fields; whatever tells the same of the same mail is the same news.
                DedupKey = $"{token ?? messageId}|{finding.Kind}|{finding.Status}|{finding.Recipient}",
                Correlation = token,
                MessageId = messageId,
                Recipient = finding.Recipient,
                Code = finding.Code,
                Status = finding.Status,
                Reason = finding.Reason,
            }),
        ];
    }

    // A feedback report, and a bounce that came another way, quote the original's reverse-path.
    private static string? FindToken(BounceReport report, TokenKeys keys)
    {
        string?[] places = [report.Feedback?.OriginalMailFrom, report.Original?.Find("Return-Path")];
        return places.OfType<string>().Select(text => Mailbox.TryParse(text.Trim('<', '>', ' '), out var path, out _) ? ReturnPath.FindToken(path.LocalPart, keys) : null)
            .FirstOrDefault(static token => token is not null);
    }

    private static DateTimeOffset TimeOf(BounceReport report, DateTimeOffset now) =>
        report.Recipients.Select(static recipient => recipient.LastAttempt).FirstOrDefault(time => time <= now) ?? now;
}
