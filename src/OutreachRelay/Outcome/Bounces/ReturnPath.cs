using System.Text;
using OutreachRelay.Configuration;

namespace OutreachRelay.Outcome.Bounces;

/// <summary>
/// The reverse-path of a mail at a domain that is ours: <c>b-TOKEN-SIGNATURE@domain</c>, variable for each entry (VERP), so that what comes back tells which mail it is
/// about, whatever else it holds. Only we can make one.
/// </summary>
public static class ReturnPath
{
    private const string Prefix = "b-";
    private const int SignatureLength = 2 * TokenKeys.SignatureSize;

    /// <summary>The longest token that leaves room for the signature in a local part of 64 octets (RFC 5321 §4.5.3.1.1).</summary>
    public const int MaxToken = 64 - 2 - 1 - SignatureLength;

    private static ReadOnlySpan<byte> Purpose => "return-path"u8;

    /// <param name="token">The entry's: 1 to <see cref="MaxToken"/> lower-case letters, digits, <c>-</c> and <c>_</c>.</param>
    public static string Make(string token, string domain, TokenKeys keys)
    {
        Span<byte> signature = stackalloc byte[TokenKeys.SignatureSize];
        keys.Sign(Purpose, Encoding.ASCII.GetBytes(token), signature);
        return $"{Prefix}{token}-{Convert.ToHexStringLower(signature)}@{domain}";
    }

    /// <summary>The token in an address that we made; case does not matter, for some servers change it.</summary>
    /// <param name="localPart">Untrusted.</param>
    /// <returns><see langword="null"/> when we did not make it.</returns>
    public static string? FindToken(ReadOnlySpan<char> localPart, TokenKeys keys)
    {
        var length = localPart.Length - Prefix.Length - 1 - SignatureLength;
        if (length is < 1 or > MaxToken || !localPart.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || localPart[Prefix.Length + length] != '-')
            return null;
        Span<byte> signature = stackalloc byte[TokenKeys.SignatureSize];
        if (Convert.FromHexString(localPart[^SignatureLength..], signature, out _, out _) != System.Buffers.OperationStatus.Done)
            return null;
        var token = localPart.Slice(Prefix.Length, length).ToString().ToLowerInvariant();
        return keys.Verify(Purpose, Encoding.ASCII.GetBytes(token), signature) ? token : null;
    }
}
