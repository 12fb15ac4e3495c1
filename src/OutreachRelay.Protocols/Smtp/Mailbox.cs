using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>A mailbox, <c>local-part@domain</c> (RFC 5321 §4.1.2), without display name or brackets.</summary>
/// <remarks>
/// The local part is held unquoted (<c>a b</c> for <c>"a b"@d</c>) and quoted again when written. The domain keeps the spelling it came in.
/// Neither part holds a control character.
/// </remarks>
public sealed class Mailbox : IEquatable<Mailbox>
{
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = false, AllowUnassigned = true };

    private Mailbox(string localPart, string domain)
    {
        LocalPart = localPart;
        Domain = domain;
    }

    /// <summary>The local part without quotes; 1 to 64 octets in UTF-8.</summary>
    public string LocalPart { get; }

    /// <summary>The domain as it was written, without a final dot; 1 to 255 octets in UTF-8.</summary>
    public string Domain { get; }

    /// <summary>Whether an octet beyond ASCII is in the local part, so that only SMTPUTF8 (RFC 6531) can carry it.</summary>
    public bool NeedsUtf8 => !System.Text.Ascii.IsValid(LocalPart);

    /// <summary>The domain in A-labels and lower case: equal domains have equal text.</summary>
    public string AsciiDomain => ToAsciiDomain(Domain) ?? Domain.ToLowerInvariant();

    /// <summary>The same mailbox with its domain in A-labels where it was beyond ASCII, so that a server without SMTPUTF8 can take the domain.</summary>
    public Mailbox WithAsciiDomain() => System.Text.Ascii.IsValid(Domain) ? this : new Mailbox(LocalPart, AsciiDomain);

    /// <summary>The normalised form under which two spellings of one mailbox are equal: local part in lower case, domain as A-labels in lower case. Dots and plus-tags stay.</summary>
    public string Key => Quote(LocalPart.ToLowerInvariant()) + "@" + AsciiDomain;

    /// <summary>Builds a mailbox from its two parts.</summary>
    /// <returns><see langword="null"/> with <paramref name="error"/> set when a part breaks RFC 5321 §4.1.2 or §4.5.3.1.</returns>
    public static Mailbox? Create(string localPart, string domain, out string? error)
    {
        error = CheckLocalPart(localPart) ?? CheckDomain(domain);
        return error is null ? new Mailbox(localPart, domain) : null;
    }

    /// <summary>Reads <c>local-part@domain</c>; the local part may be a quoted string. No brackets, comments or white space.</summary>
    /// <param name="text">For example <c>jane@example.com</c> or <c>"jane doe"@example.com</c>.</param>
    /// <param name="mailbox">The mailbox, when the text is one.</param>
    /// <param name="error">What is wrong, in words that can be shown to a peer.</param>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out Mailbox? mailbox, [NotNullWhen(false)] out string? error)
    {
        mailbox = null;
        string localPart;
        if (!text.IsEmpty && text[0] == '"')
        {
            if (!TryUnquote(text, out localPart!, out var end))
            {
                error = "the quoted local part is not closed or holds a control character";
                return false;
            }
            text = text[end..];
        }
        else
        {
            var at = text.IndexOf('@');
            if (at < 0)
            {
                error = "there is no @";
                return false;
            }
            localPart = text[..at].ToString();
            text = text[at..];
            if (!IsDotString(localPart))
            {
                error = "the local part is not valid";
                return false;
            }
        }
        if (text.IsEmpty || text[0] != '@')
        {
            error = "there is no @ after the local part";
            return false;
        }
        mailbox = Create(localPart, text[1..].ToString(), out error);
        return error is null;
    }

    public bool Equals(Mailbox? other) =>
        other is not null && LocalPart == other.LocalPart && string.Equals(Domain, other.Domain, StringComparison.OrdinalIgnoreCase);

    public override bool Equals(object? obj) => Equals(obj as Mailbox);

    public override int GetHashCode() => HashCode.Combine(LocalPart, StringComparer.OrdinalIgnoreCase.GetHashCode(Domain));

    /// <summary>The mailbox as it stands in a path: the local part quoted where it must be.</summary>
    public override string ToString() => Quote(LocalPart) + "@" + Domain;

    /// <summary>The domain in A-labels and lower case, or <see langword="null"/> when it is no valid (internationalised) domain name.</summary>
    public static string? ToAsciiDomain(string domain)
    {
        if (System.Text.Ascii.IsValid(domain))
            return domain.ToLowerInvariant();
        try
        {
            return Idn.GetAscii(domain.ToLowerInvariant()).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static bool TryUnquote(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? content, out int end)
    {
        var unquoted = new System.Text.StringBuilder();
        for (var i = 1; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '"')
            {
                content = unquoted.ToString();
                end = i + 1;
                return true;
            }
            if (c == '\\' && ++i < text.Length)
                c = text[i];
            if (char.IsControl(c))
                break;
            unquoted.Append(c);
        }
        content = null;
        end = 0;
        return false;
    }

    private static string Quote(string localPart) =>
        IsDotString(localPart) ? localPart : "\"" + localPart.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";

    // RFC 5321 §4.1.2: Dot-string = Atom *("." Atom); RFC 6531 §3.3 adds every character beyond ASCII to atext.
    private static bool IsDotString(string text)
    {
        if (text.Length == 0 || text[0] == '.' || text[^1] == '.' || text.Contains(".."))
            return false;
        foreach (var c in text)
        {
            if (!(char.IsAsciiLetterOrDigit(c) || c >= 0xA0 || "!#$%&'*+-/=?^_`{|}~.".Contains(c)))
                return false;
        }
        return true;
    }

    // RFC 5321 §4.5.3.1.1: 64 octets. A lone surrogate has no UTF-8 form and so cannot be sent.
    private static string? CheckLocalPart(string localPart)
    {
        if (localPart.Length == 0)
            return "the local part is empty";
        if (System.Text.Encoding.UTF8.GetByteCount(localPart) > 64)
            return "the local part is longer than 64 octets";
        return IsPlain(localPart) ? null : "the local part holds a control character";
    }

    // Runes, because a lone surrogate shows as U+FFFD there.
    private static bool IsPlain(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (System.Text.Rune.IsControl(rune) || rune.Value is 0xFFFD or 0x2028 or 0x2029)
                return false;
        }
        return true;
    }

    // RFC 5321 §4.1.2 and §4.5.3.1.2, RFC 1035 §2.3.4: labels of 1 to 63 octets, 255 in all; no address literals, mail to them is not relayed.
    private static string? CheckDomain(string domain)
    {
        if (domain.StartsWith('['))
            return "address literals are not accepted";
        // Punycode would hide a control character beyond ASCII from the check below.
        if (!IsPlain(domain))
            return "the domain holds a character that is not allowed";
        var ascii = ToAsciiDomain(domain);
        if (ascii is null || ascii.Length is 0 or > 255)
            return "the domain is not valid";
        if (!ascii.Contains('.'))
            return "the domain has no dot";
        foreach (var range in ascii.AsSpan().Split('.'))
        {
            var label = ascii.AsSpan(range);
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-')
                return "the domain has an empty or too long label, or one that begins or ends with a hyphen";
            foreach (var c in label)
            {
                if (!(char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
                    return "the domain holds a character that is not allowed";
            }
        }
        return null;
    }
}
