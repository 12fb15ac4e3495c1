namespace OutreachRelay.Outcome.Events;

/// <summary>Finds the id that a provider gives to a mail in the reply by which it takes it.</summary>
public static class ProviderIds
{
    private const int Shortest = 8;
    private const int Longest = 128;

    /// <summary>The word after certain words of a reply, such as <c>0102018f…-000000</c> after <c>Ok</c>.</summary>
    /// <param name="text">The reply's text without codes; untrusted.</param>
    /// <param name="words">What stands before the id, a space left out.</param>
    /// <returns><see langword="null"/> when nothing there looks like an id: letters, digits, <c>-</c>, <c>_</c>, <c>.</c>, with a digit among them.</returns>
    public static string? InReply(string text, string words)
    {
        var start = text.IndexOf(words, StringComparison.OrdinalIgnoreCase);
        if (start < 0)
            return null;
        var rest = text.AsSpan(start + words.Length).TrimStart(' ').TrimStart('<');
        var length = 0;
        while (length < rest.Length && (char.IsAsciiLetterOrDigit(rest[length]) || rest[length] is '-' or '_' or '.'))
            length++;
        var id = rest[..length].TrimEnd('.');
        return id.Length is >= Shortest and <= Longest && id.ContainsAnyInRange('0', '9') ? id.ToString() : null;
    }
}
