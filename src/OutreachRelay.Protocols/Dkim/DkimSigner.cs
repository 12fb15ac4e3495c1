using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>Signs messages for one domain with one key (RFC 6376 §5, RFC 8463). It may be used by any number of threads at once.</summary>
public sealed class DkimSigner
{
    private readonly DkimPrivateKey _key;
    private readonly DkimSignerOptions _options;
    private readonly List<SignedName> _names;

    private DkimSigner(DkimPrivateKey key, DkimSignerOptions options, List<SignedName> names) =>
        (_key, _options, _names) = (key, options, names);

    public DkimAlgorithm Algorithm => _key.Algorithm;

    /// <summary>Makes a signer of options that verifiers will accept.</summary>
    /// <param name="key">Stays the caller's to dispose of.</param>
    /// <param name="error">Why nobody could verify what these options would sign.</param>
    public static bool TryCreate(
        DkimPrivateKey key, DkimSignerOptions options, [NotNullWhen(true)] out DkimSigner? signer, [NotNullWhen(false)] out string? error)
    {
        signer = null;
        var domain = TagValues.NormaliseName(options.Domain, 2);
        var selector = TagValues.NormaliseName(options.Selector, 1);
        var names = SignedName.List(options);
        error = domain is null ? "the domain is not valid"
            : selector is null ? "the selector is not valid"
            : names.Exists(name => !name.IsValid) ? "a field name is not valid"
            : !names.Exists(name => name.Is("From"u8)) ? "From must be signed (RFC 6376 §5.4)"
            : options.Lifetime < TimeSpan.FromSeconds(1) ? "the lifetime is below a second"
            : null;
        if (error is null)
            signer = new DkimSigner(key, options with { Domain = domain!, Selector = selector! }, names);
        return error is null;
    }

    /// <summary>Writes the <c>DKIM-Signature</c> field, to be placed before the header section.</summary>
    /// <param name="header">The fields as they will be sent.</param>
    /// <param name="body">The digest of the body that goes with them.</param>
    /// <param name="now">The signing time (<c>t=</c>).</param>
    /// <param name="replaced">Names of fields that somebody behind us replaces or adds: not signed, also where the options name them. <c>From</c> is signed all the same.</param>
    /// <param name="output">Takes the field with its CRLF.</param>
    public void Sign(HeaderSection header, DkimBodyHash body, DateTimeOffset now, ReadOnlySpan<string> replaced, IBufferWriter<byte> output)
    {
        using var digest = new DigestWriter();
        // (1) The fields, from the bottom up for each name (RFC 6376 §5.4.2).
        var signed = DigestFields(header, replaced, digest);

        // (2) The signature itself, its value empty (RFC 6376 §3.7).
        var writer = new SignatureWriter();
        WriteTags(writer, signed, body, now.ToUnixTimeSeconds());
        HeaderCanonicalizer.WriteOpen(_options.Canonicalization, writer.Octets, digest);

        // (3) Its value.
        Span<byte> value = stackalloc byte[DkimPrivateKey.MaxRsaSize / 8];
        _key.Sign(digest.Finish(), value[.._key.SignatureLength]);
        writer.End(value[.._key.SignatureLength]);
        output.Write(writer.Octets);
    }

    private List<string> DigestFields(HeaderSection header, ReadOnlySpan<string> replaced, DigestWriter digest)
    {
        var found = Find(header);
        var signed = new List<string>(found.Count + _names.Count);
        for (var name = 0; name < _names.Count; name++)
        {
            if (_names[name].IsAmong(replaced))
                continue;
            for (var i = found.Count - 1; i >= 0; i--)
            {
                if (found[i].Name != name)
                    continue;
                HeaderCanonicalizer.Write(_options.Canonicalization, header.Fields.Span.Slice(found[i].Offset, found[i].Length), digest);
                signed.Add(_names[name].Text);
            }
            // One name more than there are fields stands for a field that must not come (RFC 6376 §5.4).
            if (_names[name].IsOversigned)
                signed.Add(_names[name].Text);
        }
        return signed;
    }

    private List<(int Name, int Offset, int Length)> Find(HeaderSection header)
    {
        var found = new List<(int, int, int)>();
        foreach (var field in header)
        {
            for (var name = 0; name < _names.Count; name++)
            {
                if (field.Is(_names[name].Octets))
                    found.Add((name, field.Offset, field.Raw.Length));
            }
        }
        return found;
    }

    private void WriteTags(SignatureWriter writer, List<string> signed, DkimBodyHash body, long now)
    {
        writer.Tag("v=1;");
        writer.Tag($"a={_key.Algorithm.ToWord()};");
        writer.Tag($"c={_options.Canonicalization.ToWord()}/{body.Canonicalization.ToWord()};");
        writer.Tag($"d={_options.Domain};");
        writer.Tag($"s={_options.Selector};");
        writer.Tag(string.Create(CultureInfo.InvariantCulture, $"t={now};"));
        if (_options.Lifetime is { } lifetime)
            writer.Tag(string.Create(CultureInfo.InvariantCulture, $"x={now + (long)lifetime.TotalSeconds};"));
        writer.List("h=", signed);
        writer.Tag($"bh={Convert.ToBase64String(body.Digest.Span)};");
        writer.Tag("b=");
    }
}
