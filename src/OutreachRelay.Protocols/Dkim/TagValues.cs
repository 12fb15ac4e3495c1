using System.Diagnostics.CodeAnalysis;
using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>Reads the values of tags (RFC 6376 §2.10, §3.5).</summary>
internal static class TagValues
{
    /// <summary>RFC 1035 §2.3.4, as text. A name in U-labels is never longer than the same in A-labels.</summary>
    private const int MaxName = 253;

    /// <summary>A number of any length; what is too large to matter is <see cref="long.MaxValue"/>.</summary>
    public static bool TryReadNumber(string text, out long number)
    {
        number = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c))
                return false;
            number = number > (long.MaxValue - 9) / 10 ? long.MaxValue : (number * 10) + (c - '0');
        }
        return text.Length > 0;
    }

    /// <summary>Base64 with folding white space anywhere in it.</summary>
    public static bool TryReadBase64(string text, [NotNullWhen(true)] out byte[]? octets)
    {
        var room = new byte[(text.Length / 4 * 3) + 3];
        octets = text.Length > 0 && Convert.TryFromBase64String(text, room, out var length) ? room[..length] : null;
        return octets is { Length: > 0 };
    }

    /// <summary>Reads a name whose U-labels, if any, are UTF-8 (RFC 8616 §4).</summary>
    /// <param name="octets">One character per octet.</param>
    /// <inheritdoc cref="NormaliseName"/>
    public static string? ReadName(string octets, int minLabels) =>
        NormaliseName(Ascii.IsValid(octets) ? octets : Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(octets)), minLabels);

    /// <summary>A domain name in A-labels and lower case: letters, digits, hyphens and underscores in labels of 1 to 63.</summary>
    /// <param name="minLabels">2 for a domain, 1 for a selector.</param>
    /// <returns><see langword="null"/> when it is none.</returns>
    public static string? NormaliseName(string text, int minLabels) =>
        text.Length <= MaxName && Mailbox.ToAsciiDomain(text) is { Length: <= MaxName } name && CountLabels(name) >= minLabels ? name : null;

    private static int CountLabels(string name)
    {
        var labels = 0;
        foreach (var range in name.AsSpan().Split('.'))
        {
            var label = name.AsSpan(range);
            if (label.Length is 0 or > 63)
                return 0;
            foreach (var c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                    return 0;
            }
            labels++;
        }
        return labels;
    }
}
