using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace OutreachRelay.Configuration.Reading;

/// <summary>Reads a file that holds one secret.</summary>
internal static class SecretFile
{
    private const int Largest = 64 * 1024;

    /// <param name="secret">Its text without the final line end; may be empty.</param>
    /// <param name="error">Why it cannot be used, for example <c>does not exist</c>; never a part of it.</param>
    public static bool TryRead(string path, [NotNullWhen(true)] out string? secret, [NotNullWhen(false)] out string? error)
    {
        secret = null;
        if (!TryReadLines(path, out var text, out error))
            return false;
        // Editors and echo end the file with a line end that is not part of the secret.
        text = text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
        error = FindError(text);
        secret = error is null ? text : null;
        return secret is not null;
    }

    /// <summary>Reads a secret of several lines, such as a private key in PEM.</summary>
    /// <param name="text">The whole file; may be empty.</param>
    public static bool TryReadLines(string path, [NotNullWhen(true)] out string? text, [NotNullWhen(false)] out string? error)
    {
        text = null;
        if (!BoundedFile.TryRead(path, Largest, out var content, out error))
            return false;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content);
            return true;
        }
        catch (DecoderFallbackException)
        {
            error = "is not valid UTF-8";
            return false;
        }
    }

    /// <summary>What is wrong with the value of a secret, wherever it came from.</summary>
    /// <remarks>No credential of ours may hold a line end or NUL, and one that does was most likely pasted together with something else.</remarks>
    public static string? FindError(string secret)
    {
        if (secret.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
            return "holds a line end or a NUL inside the secret";
        return secret.Length > 4096 ? "is longer than 4096 characters" : null;
    }
}
