using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OutreachRelay.Outcome.Telling;

/// <summary>What proves to a client that a request is ours, and when it was made.</summary>
internal static class HookSignature
{
    public const string Header = "OutreachRelay-Signature";

    /// <summary><c>t=1767225600,v1=…</c>: HMAC-SHA256 (RFC 2104) in hexadecimal over the seconds, a full stop, and the body's octets.</summary>
    /// <param name="secret">Its UTF-8 octets are the key.</param>
    public static string Of(string secret, DateTimeOffset now, ReadOnlySpan<byte> body)
    {
        var seconds = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.ASCII.GetBytes(seconds + "."), .. body];
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed);
        return $"t={seconds},v1={Convert.ToHexStringLower(mac)}";
    }
}
