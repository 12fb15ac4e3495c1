namespace OutreachRelay.Policy.Score;

/// <summary>Where a rule looks.</summary>
internal enum ScorePlace
{
    Subject,

    /// <summary>The author's field: names and addresses.</summary>
    From,

    /// <summary>The field <c>To</c>: names and addresses.</summary>
    To,

    /// <summary>The plain text.</summary>
    Text,

    /// <summary>What an HTML part shows.</summary>
    Html,

    /// <summary>The targets of links, in HTML and in plain text.</summary>
    Links,

    /// <summary>The names of attachments.</summary>
    Attachments,
}
