using System.Globalization;
using System.Text.Json;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>Which entries are meant: those that fit every member given. The API takes it in a query and in a body.</summary>
public record EntrySelection
{
    public string? Client { get; init; }
    public string? Direction { get; init; }

    /// <summary>An address.</summary>
    public string? Sender { get; init; }

    /// <summary>That of the last attempt.</summary>
    public string? Upstream { get; init; }

    public string? RecipientDomain { get; init; }

    /// <summary>How far the last attempt came: a word of <see cref="AttemptStage"/>.</summary>
    public string? Stage { get; init; }

    /// <summary>The last reply's code, or its first digits: <c>450</c>, <c>45</c>, <c>4</c>.</summary>
    public string? Code { get; init; }

    /// <summary>Accepted from then on, RFC 3339.</summary>
    public DateTimeOffset? AcceptedFrom { get; init; }

    /// <summary>Accepted before, RFC 3339.</summary>
    public DateTimeOffset? AcceptedBefore { get; init; }

    /// <summary>Whether nothing is given.</summary>
    internal bool IsEmpty => this is
    {
        Client: null, Direction: null, Sender: null, Upstream: null, RecipientDomain: null, Stage: null, Code: null, AcceptedFrom: null, AcceptedBefore: null,
    };

    internal static EntrySelection Read(IQueryCollection query) => new()
    {
        Client = NullIfEmpty(query["client"]),
        Direction = NullIfEmpty(query["direction"]),
        Sender = NullIfEmpty(query["sender"]),
        Upstream = NullIfEmpty(query["upstream"]),
        RecipientDomain = NullIfEmpty(query["recipient_domain"]),
        Stage = NullIfEmpty(query["stage"]),
        Code = NullIfEmpty(query["code"]),
        AcceptedFrom = Time(query["accepted_from"], "accepted_from"),
        AcceptedBefore = Time(query["accepted_before"], "accepted_before"),
    };

    /// <exception cref="BadRequestException">A member is not what it should be.</exception>
    internal EntryFilter ToFilter(EntryState[] states, long after, int limit) => new()
    {
        States = states,
        Client = Client,
        Direction = Direction,
        Sender = SenderKey(Sender),
        Upstream = Upstream,
        RecipientDomain = DomainKey(RecipientDomain),
        Stage = StageOf(Stage),
        Codes = CodesOf(Code),
        AcceptedFrom = AcceptedFrom,
        AcceptedBefore = AcceptedBefore,
        After = after,
        Limit = limit,
    };

    /// <summary>An address as senders are stored.</summary>
    internal static string? SenderKey(string? address) => address is null ? null
        : Mailbox.TryParse(address, out var mailbox, out _) ? mailbox.Key : throw new BadRequestException("sender is not an address");

    /// <summary>A domain as recipients' are stored: in A-labels and lower case.</summary>
    internal static string? DomainKey(string? domain) => domain is null ? null
        : Mailbox.TryParse("a@" + domain, out var mailbox, out _) ? mailbox.AsciiDomain : throw new BadRequestException("recipient_domain is not a domain");

    private static AttemptStage? StageOf(string? word)
    {
        if (word is null)
            return null;
        foreach (var stage in Enum.GetValues<AttemptStage>())
        {
            if (JsonNamingPolicy.SnakeCaseLower.ConvertName(stage.ToString()) == word)
                return stage;
        }
        throw new BadRequestException("stage is not one of connect, tls, greeting, hello, auth, mail, rcpt, data, content, final_dot");
    }

    private static (int From, int To)? CodesOf(string? digits)
    {
        if (digits is null)
            return null;
        if (digits.Length is < 1 or > 3 || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            throw new BadRequestException("code is not one to three digits");
        var width = digits.Length switch { 1 => 100, 2 => 10, _ => 1 };
        return (code * width, (code * width) + width - 1);
    }

    private static DateTimeOffset? Time(string? text, string parameter) => string.IsNullOrEmpty(text) ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : throw new BadRequestException($"{parameter} is not a time");

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
