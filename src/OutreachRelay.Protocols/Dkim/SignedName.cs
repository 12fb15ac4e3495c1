using System.Text;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>A field that a signer signs.</summary>
/// <param name="Octets"><paramref name="Text"/> in ASCII.</param>
internal sealed record SignedName(string Text, byte[] Octets, bool IsOversigned)
{
    /// <summary>RFC 5322 §3.6.8: printable ASCII without colon; a semicolon would end <c>h=</c>.</summary>
    public bool IsValid => Text.Length > 0 && !Text.AsSpan().ContainsAnyExceptInRange('!', '~') && Text.AsSpan().IndexOfAny(':', ';') < 0;

    public bool Is(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(Octets, name);

    /// <summary>Whether one of the names is this; never for <c>From</c>, which is signed in any case (RFC 6376 §5.4).</summary>
    public bool IsAmong(ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Text.Equals(name, StringComparison.OrdinalIgnoreCase))
                return !Is("From"u8);
        }
        return false;
    }

    /// <summary>The fields that the options name, each once.</summary>
    public static List<SignedName> List(DkimSignerOptions options)
    {
        var known = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var names = new List<SignedName>();
        foreach (var name in options.Oversigned)
        {
            if (known.Add(name))
                names.Add(new SignedName(name, Encoding.ASCII.GetBytes(name), IsOversigned: true));
        }
        foreach (var name in options.Signed)
        {
            if (known.Add(name))
                names.Add(new SignedName(name, Encoding.ASCII.GetBytes(name), IsOversigned: false));
        }
        return names;
    }
}
