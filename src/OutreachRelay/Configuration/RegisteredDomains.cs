using OutreachRelay.Protocols.Dmarc;

namespace OutreachRelay.Configuration;

/// <summary>Tells which domain somebody registered: receivers count the mail of all its subdomains together. Safe for threads.</summary>
/// <param name="suffixes">Reads the public suffixes, for a name that they are needed for. <see langword="null"/>: they cannot be had.</param>
public sealed class RegisteredDomains(Func<PublicSuffixList?> suffixes)
{
    /// <summary>Takes each name as registered, where no list is at hand.</summary>
    public static RegisteredDomains EachItsOwn { get; } = new(static () => null);

    /// <summary>The registered domain of a name: <c>example.co.uk</c> for <c>mail.example.co.uk</c>.</summary>
    /// <param name="domain">In A-labels and lower case.</param>
    /// <returns>The name itself when nobody registered one above it, or nothing is known of it.</returns>
    public string Of(string domain) =>
        // A name of two labels is registered, or a public suffix.
        domain.AsSpan().Count('.') < 2 ? domain : suffixes()?.FindRegistrable(domain) ?? domain;
}
