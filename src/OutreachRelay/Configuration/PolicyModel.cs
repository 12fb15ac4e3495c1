using OutreachRelay.Store;

namespace OutreachRelay.Configuration;

/// <param name="MaxRecipients">Recipients of one message; the next gets <c>452 4.5.3</c>.</param>
/// <param name="DuplicateWindow">Within it the same client, Message-ID, recipient and content is accepted once.</param>
public sealed record PolicyModel(int MaxRecipients, TimeSpan DuplicateWindow)
{
    public PreflightModel Preflight { get; init; } = new();

    /// <summary>Whether a suppressed recipient is accepted and its entry dropped when its turn comes; otherwise RCPT is refused.</summary>
    public bool DropsSuppressed { get; init; }

    /// <summary>From when on soft bounces are a quarantine; <see langword="null"/>: they are not counted.</summary>
    public SoftBounceRule? SoftBounces { get; init; }

    /// <summary>Whether signatures that messages come with are verified for the log.</summary>
    public bool LogsIncomingSignatures { get; init; }

    /// <summary>How content is scored; <see langword="null"/> when it is not.</summary>
    public ScoreModel? Score { get; init; }
}

/// <summary>How much of a recipient's address stands in the log.</summary>
public enum RecipientLogging
{
    Full,
    Domain,
    Hash,
}

public enum LogFormat
{
    Text,
    Json,
}

/// <param name="Level">The least level that is written.</param>
public sealed record LogModel(LogLevel Level, LogFormat Format, RecipientLogging Recipients);
