using System.Collections.Immutable;
using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>What the header section of a message says about who wrote it, and in answer to what.</summary>
internal sealed class ReportHeader
{
    private const int MaxReferences = 20;

    // Apache SpamAssassin, rules/20_vbounce.cf: the fields by which it knows programs that send challenges.
    private static readonly byte[][] ChallengeFields =
        [[.. "X-AskVersion"u8], [.. "X-Boxtrapper"u8], [.. "X-Bluebottle-Request"u8], [.. "X-Spamazoid-MD"u8], [.. "Spamlion"u8]];

    // Of many programs, in their users' languages.
    private static readonly string[] FailureWords =
    [
        "undeliver", "delivery status", "delivery fail", "delivery has failed", "delivery error", "delivery notification", "non-delivery", "returned mail", "failure notice", "mail delivery",
        "message status", "not delivered", "could not be delivered", "mail system error", "nondeliverable", "unzustellbar", "nicht zugestellt", "zustellung", "zurückgewiesen",
        "non remis", "non distribu", "échec", "no entregado", "no se pudo entregar", "mancata consegna", "não entregue", "falha", "недостав", "не доставлено", "配信", "返送", "退信", "送信", "未能送达", "반송",
        "ikke lever", "inte levereras", "ei voitu toimittaa", "kézbesít", "nedoruč", "iletilemedi", "nie dostarczon", "niedostarcz", "niet afgeleverd", "onbestelbaar",
        "message rejected", "message returned", "mail rejected", "mail returned", "message blocked", "no longer valid", "ungültig",
    ];

    private readonly List<ReportAddress> _failedRecipients = [];
    private readonly BounceOptions _options;
    private string[] _inReplyTo = [], _references = [];
    private string _autoSubmitted = "";
    private bool _hasReplyField;

    private ReportHeader(BounceOptions options) => _options = options;

    public bool HasNullReversePath { get; private set; }

    /// <summary>Whether the author is a mail system by the names that RFC 2142 and custom reserve for it.</summary>
    public bool HasDaemonAuthor { get; private set; }

    /// <summary>Whether the subject says that mail was not delivered.</summary>
    public bool TellsFailure { get; private set; }

    public bool IsChallenge { get; private set; }

    /// <summary>Exim's <c>X-Failed-Recipients</c> (its src/deliver.c), which others write too: failed for good.</summary>
    public IReadOnlyList<ReportAddress> FailedRecipients => _failedRecipients;

    public ImmutableArray<string> References => [.. _inReplyTo, .. _references];

    /// <summary>Whether no human wrote this, as far as the header section tells.</summary>
    public bool IsAutomatic => HasNullReversePath || HasDaemonAuthor || (_autoSubmitted.Length > 0 && _autoSubmitted != "no");

    /// <summary>
    /// RFC 3834 §5: <c>auto-replied</c>, or a field from before it. Exchange marks its automatic replies <c>auto-generated</c>, which is one only
    /// when it refers to a message. What a mail system writes is a notification rather than an answer, though Exim marks it <c>auto-replied</c>.
    /// </summary>
    public bool IsAutomaticReply =>
        !HasDaemonAuthor && (_hasReplyField || _autoSubmitted == "auto-replied" || (_autoSubmitted == "auto-generated" && References.Length > 0));

    public static ReportHeader Read(ReadOnlySpan<byte> message, bool hasNullReversePath, BounceOptions options)
    {
        var header = new ReportHeader(options) { HasNullReversePath = hasNullReversePath };
        var reader = new FieldReader(message, isSection: true);
        while (reader.TryRead())
        {
            header.AddOrigin(reader);
            header.AddReply(reader);
        }
        return header;
    }

    private void AddOrigin(FieldReader field)
    {
        if (field.Is("Return-Path"u8))
            HasNullReversePath |= field.Value.SequenceEqual("<>"u8);
        else if (field.Is("From"u8))
            HasDaemonAuthor |= IsDaemon(FieldText.Clean(field.Value, _options.MaxValueLength));
        else if (field.Is("Subject"u8))
            TellsFailure |= EncodedText.TryDecode(field.Value, out var subject) && IsFailure(subject);
        else if (field.Is("X-Failed-Recipients"u8))
            AddFailedRecipients(field.Value);
        else if (field.Is("Message-ID"u8))
            IsChallenge |= field.Value.EndsWith("-tmda-confirm>"u8);
        else
            AddChallenge(field);
    }

    private void AddChallenge(FieldReader field)
    {
        foreach (var name in ChallengeFields)
            IsChallenge |= field.Is(name);
    }

    private void AddReply(FieldReader field)
    {
        if (field.Is("Auto-Submitted"u8) && _autoSubmitted.Length == 0)
            _autoSubmitted = FirstWord(field.Value);
        else if (field.Is("In-Reply-To"u8) && _inReplyTo.Length == 0)
            _inReplyTo = MessageIds.Parse(field.Value, MaxReferences);
        else if (field.Is("References"u8) && _references.Length == 0)
            _references = MessageIds.Parse(field.Value, MaxReferences);
        else if (field.Is("X-Autoreply"u8) || field.Is("X-Autorespond"u8))
            _hasReplyField |= FirstWord(field.Value) != "no";
        else if (field.Is("Precedence"u8))
            _hasReplyField |= FirstWord(field.Value) is "auto_reply" or "auto-reply";
    }

    private void AddFailedRecipients(ReadOnlySpan<byte> value)
    {
        foreach (var range in value.Split((byte)','))
        {
            if (_failedRecipients.Count == _options.MaxRecipients)
                return;
            if (ReportAddress.Parse(value[range].Trim(" \t\r\n"u8)) is { } address)
                _failedRecipients.Add(address);
        }
    }

    /// <summary>Whether an author or address is a mail system's.</summary>
    public static bool IsDaemon(string author) =>
        author.Contains("mailer-daemon", StringComparison.OrdinalIgnoreCase) || author.Contains("postmaster@", StringComparison.OrdinalIgnoreCase);

    private static bool IsFailure(string subject) => FailureWords.Any(words => subject.Contains(words, StringComparison.OrdinalIgnoreCase));

    private static string FirstWord(ReadOnlySpan<byte> value)
    {
        var word = FieldTokens.First(value);
        return word.Length > 40 ? "" : Encoding.UTF8.GetString(word).ToLowerInvariant();
    }
}
