using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using OutreachRelay.Protocols.Dkim;

namespace OutreachRelay.Protocols.Tests.Dkim;

/// <summary>A signed message with any tags, well-formed or not: forms and digests are made here, in another way than the library makes them.</summary>
internal sealed record Forgery
{
    public const string Usual = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=sel; h=From:To:Subject; bh={bh}; b={b}";

    public string Fields { get; init; } = "From: Jane <jane@example.com>\r\nTo: joe@example.net\r\nSubject: Two  blanks\r\n\tand a fold \r\n";

    public string Body { get; init; } = "Dear Joe,  \r\n\r\n  two\t words \r\n\r\n\r\n";

    /// <summary>The value of the field. <c>{bh}</c> and <c>{b}</c> are replaced by what is right.</summary>
    public string Tags { get; init; } = Usual;

    public DkimPrivateKey Key { get; init; } = TestKeys.Rsa;

    public string Message() => $"{Field()}\r\n{Fields}\r\n{Body}";

    public string Field()
    {
        var (header, body) = Forms();
        var canonical = CanonicalBody(Body, body);
        if (Regex.Match(Tags, @"\bl=(\d+)") is { Success: true } limit && long.TryParse(limit.Groups[1].Value, CultureInfo.InvariantCulture, out var length))
            canonical = canonical[..(int)Math.Min(length, canonical.Length)];
        var open = "DKIM-Signature: " + Tags.Replace("{bh}", Convert.ToBase64String(Sha256(canonical)));
        var signed = CanonicalFields(header) + CanonicalField(Regex.Replace(open, @"\s*\{b\}\s*", ""), header);
        var value = new byte[Key.SignatureLength];
        Key.Sign(Sha256(signed), value);
        return open.Replace("{b}", Convert.ToBase64String(value));
    }

    public static string CanonicalField(string field, DkimCanonicalization form)
    {
        if (form == DkimCanonicalization.Simple)
            return field;
        var colon = field.IndexOf(':');
        var value = Regex.Replace(field[(colon + 1)..].Replace("\r\n", ""), "[ \t]+", " ");
        return field[..colon].TrimEnd(' ', '\t').ToLowerInvariant() + ":" + value.Trim(' ');
    }

    public static string CanonicalBody(string body, DkimCanonicalization form)
    {
        if (body.Length > 0 && !body.EndsWith("\r\n", StringComparison.Ordinal))
            body += "\r\n";
        if (form == DkimCanonicalization.Relaxed)
            body = Regex.Replace(Regex.Replace(body, "[ \t]+\r\n", "\r\n"), "[ \t]+", " ");
        body = Regex.Replace(body, @"(\r\n)+\z", "\r\n");
        return form == DkimCanonicalization.Simple ? (body.Length == 0 ? "\r\n" : body) : (body == "\r\n" ? "" : body);
    }

    public static byte[] Sha256(string octets) => SHA256.HashData(Encoding.Latin1.GetBytes(octets));

    private (DkimCanonicalization Header, DkimCanonicalization Body) Forms()
    {
        var value = Regex.Match(Tags, @"\bc=(\w+)/?(\w*)");
        return (Form(value.Groups[1].Value), Form(value.Groups[2].Value));
    }

    private static DkimCanonicalization Form(string word) => word == "relaxed" ? DkimCanonicalization.Relaxed : DkimCanonicalization.Simple;

    private string CanonicalFields(DkimCanonicalization form)
    {
        var fields = Regex.Matches(Fields, @"[^\r\n]+\r\n([ \t][^\r\n]*\r\n)*").Select(match => match.Value).ToList();
        var signed = new StringBuilder();
        foreach (var name in Regex.Match(Tags, @"\bh\s*=([^;]*)").Groups[1].Value.Split(':'))
        {
            var at = fields.FindLastIndex(field => field.Split(':')[0].Trim().Equals(name.Trim(), StringComparison.OrdinalIgnoreCase));
            if (at < 0)
                continue;
            signed.Append(CanonicalField(fields[at][..^2], form)).Append("\r\n");
            fields.RemoveAt(at);
        }
        return signed.ToString();
    }
}
