using System.Buffers;
using System.Text.RegularExpressions;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Observe;

/// <summary>Shows recipients as the configuration allows: whole, by their domain (<c>*@example.com</c>), or by a keyed hash (<c>rcpt-k3v0q9x2m5a1</c>).</summary>
/// <remarks>The hash is the same for every spelling of an address, so that lines about one recipient can be found; without the key it cannot be tried out.</remarks>
public sealed partial class RecipientMask
{
    private static readonly SearchValues<string> AtSigns = SearchValues.Create(["@", "＠", "%40"], StringComparison.Ordinal);
    private readonly RecipientLogging _mode;
    private readonly KeyedHash _keyed;

    /// <param name="key">Secret octets, 32 by habit; see <see cref="MaskKey"/>. The same key gives the same hashes.</param>
    public RecipientMask(RecipientLogging mode, ReadOnlySpan<byte> key)
    {
        _mode = mode;
        _keyed = new KeyedHash(key.ToArray());
    }

    /// <param name="address">One address, without brackets.</param>
    public string Mask(string address) => _mode switch
    {
        RecipientLogging.Full => address,
        RecipientLogging.Domain => "*@" + DomainOf(address),
        _ => Hash(address),
    };

    /// <summary>Masks every address in a text that came from elsewhere, such as a reply that repeats the recipient.</summary>
    /// <remarks>Rather too much than too little: what hangs on an at sign without a space or bracket between is taken for an address.</remarks>
    public string MaskIn(string text)
    {
        if (_mode == RecipientLogging.Full || text.AsSpan().IndexOfAny(AtSigns) < 0)
            return text;
        return Address().Replace(text, match => MaskMatch(match.Value));
    }

    private string MaskMatch(string match)
    {
        var address = match.AsSpan().Trim("'.!?*");
        var start = match.AsSpan().IndexOf(address);
        var plain = address.ToString().Replace("%40", "@").Replace('＠', '@');
        return plain.Trim('@').Length == 0 ? match : string.Concat(match.AsSpan(0, start), Mask(plain), match.AsSpan(start + address.Length));
    }

    private string Hash(string address)
    {
        var key = Mailbox.TryParse(address, out var mailbox, out _) ? mailbox.Key : address.ToLowerInvariant();
        Span<byte> hash = stackalloc byte[KeyedHash.Size];
        _keyed.Compute(key, hash);
        return "rcpt-" + Convert.ToHexStringLower(hash[..6]);
    }

    private static string DomainOf(string address) => address[(address.LastIndexOf('@') + 1)..];

    // A quoted or plain local part, the at sign in any of its spellings, and a domain or address literal. NonBacktracking: linear in the text.
    [GeneratedRegex("""(?:"(?:[^"\\]|\\.)*"|[^\s<>()\[\]{},;:"]*)(?:@|＠|%40)(?:\[[^\]\s]*\]|[^\s<>()\[\]{},;:"]*)""", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}
