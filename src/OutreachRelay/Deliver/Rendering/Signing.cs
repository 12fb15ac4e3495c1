using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Deliver.Rendering;

/// <summary>With what one message is signed for its sender's domain.</summary>
/// <param name="Keys">Each makes a signature of its own, the first on top; at least one.</param>
/// <param name="Body">The hash of the body that leaves, which is the original's.</param>
public sealed record Signing(ImmutableArray<OwnKeyModel> Keys, DkimBodyHash Body)
{
    // Of an RSA key of 2,048 bits about 800.
    private const int SignatureLength = 1024;

    /// <summary>The selectors of a domain's keys, as they are frozen.</summary>
    public static string Selectors(DomainModel? domain) =>
        domain is null ? "" : string.Join(' ', domain.OwnKeys.Select(static key => key.Selector));

    /// <summary>The keys with which a message is signed: those that were frozen, so that a retry says the same; all there are, when one of those is gone.</summary>
    /// <param name="domain">The sender's domain as it is configured now.</param>
    public static ImmutableArray<OwnKeyModel> Choose(FrozenRendering frozen, DomainModel? domain)
    {
        if (domain is null || domain.OwnKeys.IsEmpty || frozen.Selectors is not { } selectors || selectors == Selectors(domain))
            return domain?.OwnKeys ?? [];
        var names = selectors.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var frozenKeys = domain.OwnKeys.Where(key => names.Contains(key.Selector)).ToImmutableArray();
        // Whoever removed a key may have unpublished it, and a signature that cannot be verified helps nobody.
        return frozenKeys.Length == names.Length ? frozenKeys : domain.OwnKeys;
    }

    /// <summary>Puts the signatures on top of a header section: pure, since RSA (RFC 8017 §8.2) and Ed25519 (RFC 8032) use no chance.</summary>
    /// <param name="head">The whole section as it will be sent.</param>
    /// <param name="upstream">Fields that it replaces are left unsigned.</param>
    internal ArrayBufferWriter<byte> Sign(ReadOnlyMemory<byte> head, DateTimeOffset signedAt, UpstreamModel upstream)
    {
        if (!HeaderSection.TryRead(head, HeaderLimits.None, out var header, out var error))
            throw new UnreachableException($"The header section was written although {error}.");
        var output = new ArrayBufferWriter<byte>(head.Length + (Keys.Length * SignatureLength));
        foreach (var key in Keys)
            key.Signer.Sign(header, Body, signedAt, upstream.ReplacedFields.AsSpan(), output);
        output.Write(head.Span);
        return output;
    }
}
