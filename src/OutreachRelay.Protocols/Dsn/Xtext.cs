using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>The encoding of ENVID and ORCPT (RFC 3461 §4): <c>+</c> and two upper-case hexadecimal digits for an octet.</summary>
public static class Xtext
{
    /// <summary>Decodes a value; characters beyond ASCII, which have no place there, are taken as they are.</summary>
    /// <returns><see langword="false"/> when a <c>+</c> is not followed by two digits, or the result is no UTF-8 or holds a control character.</returns>
    public static bool TryDecode(string text, [NotNullWhen(true)] out string? decoded)
    {
        decoded = null;
        var octets = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var at = 0; at < octets.Length; at++, length++)
        {
            if (octets[at] != '+')
            {
                octets[length] = octets[at];
                continue;
            }
            if (at + 2 >= octets.Length || !IsDigit(octets[at + 1]) || !IsDigit(octets[at + 2]))
                return false;
            octets[length] = byte.Parse(octets.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            at += 2;
        }
        var result = Encoding.UTF8.GetString(octets, 0, length);
        if (result.Any(char.IsControl) || result.Contains('\uFFFD'))
            return false;
        decoded = result;
        return true;
    }

    private static bool IsDigit(byte octet) => octet is (>= (byte)'0' and <= (byte)'9') or (>= (byte)'A' and <= (byte)'F');
}
