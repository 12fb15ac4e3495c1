using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Unsubscribe;
using OutreachRelay.Protocols.Dsn;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Bounces;

/// <summary>Makes events of a mail that came back: what it says, and of which entry. Pure.</summary>
public static class ReturnedMail
{
    private const int MostRecipients = 100;

    // What some presets add: an id of 96 random bits, which only the mail itself tells.
    private const string IdField = "X-Outreach-Id";
    private const string LinkField = "List-Unsubscribe";

    /// <summary>How mails that came back are read: without more recipients than an event each is worth.</summary>
    public static BounceOptions Options { get; } = new()
    {
        MaxRecipients = MostRecipients,
        OriginalFields = [.. new BounceOptions().OriginalFields, IdField, LinkField],
    };

    /// <summary>The events that a mail tells of; none when nothing in it names an entry.</summary>
    /// <param name="content">The mail, bounded by whoever took it.</param>
    /// <param name="addressee">The token of the return path at which it came in, or <see langword="null"/>: then it is looked for in the mail.</param>
    /// <param name="findings">What it says, whoever it is about. Those that are events have theirs in the result, in the same order, if any has.</param>
    /// <remarks>
    /// An entry is named by a token that we signed, wherever it stands: some providers take return path and recipient out of a complaint, and leave the link to unsubscribe. Else it is named by the
    /// Message-ID of the original together with the recipient. Without any of them it is anybody's word, and has no effect.
    /// </remarks>
    public static ImmutableArray<OutcomeEvent> Read(ReadOnlyMemory<byte> content, string? addressee, RelayModel model, TokenKeys keys, DateTimeOffset now,
        out ImmutableArray<BounceFinding> findings)
    {
        var report = BounceReader.Read(content, Options, hasNullReversePath: addressee is not null);
        findings = BounceClassifier.Classify(report, model.Replies);
        var token = addressee ?? FindToken(report, keys);
        var entry = token is null ? FindEntry(report, keys) : 0;
        var messageId = report.Original?.MessageId;
        if (token is null && entry == 0 && messageId is null)
            return [];
        var subject = token ?? (entry > 0 ? QueueId.Format(entry) : messageId);
        return
        [
            .. findings.Where(static finding => finding.IsEvent).Select(finding => new OutcomeEvent
            {
                Kind = finding.Kind,
                Time = TimeOf(report, now),
                Upstream = null,
                // The same mail comes again with other trace fields; whatever tells the same of the same mail is the same news.
                DedupKey = $"{subject}|{finding.Kind}|{finding.Status}|{finding.Recipient}",
                Correlation = token,
                EntryId = entry,
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
            .FirstOrDefault(static token => token is not null) ?? report.Original?.Find(IdField);
    }

    // The entry for which a link to unsubscribe was made.
    private static long FindEntry(BounceReport report, TokenKeys keys)
    {
        const string Start = "/u/";
        var links = report.Original?.Find(LinkField) ?? "";
        for (var at = links.IndexOf(Start, StringComparison.Ordinal); at >= 0; at = links.IndexOf(Start, at + 1, StringComparison.Ordinal))
        {
            var token = links.AsSpan(at + Start.Length);
            if (token.Length >= UnsubscribeToken.Length && UnsubscribeToken.TryDecode(token[..UnsubscribeToken.Length], keys, out var read))
                return read.Entry;
        }
        return 0;
    }

    private static DateTimeOffset TimeOf(BounceReport report, DateTimeOffset now) =>
        report.Recipients.Select(static recipient => recipient.LastAttempt).FirstOrDefault(time => time <= now) ?? now;
}
