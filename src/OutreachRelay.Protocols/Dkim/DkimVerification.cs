using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>One message on its way through a <see cref="DkimVerifier"/>: the header section is known, the body comes in pieces.</summary>
public sealed class DkimVerification : IDisposable
{
    private readonly KeyLookup _keys;
    private readonly DkimOptions _options;
    private readonly TimeProvider _time;
    private readonly HeaderSection _header;
    private readonly List<DkimSignature> _signatures = [];
    private readonly int _ignored;
    private FieldIndex? _fields;

    // Signatures that agree on the form and the length share the digest.
    private readonly Dictionary<(DkimCanonicalization Form, long? Length), DkimBodyHasher> _bodies = [];

    internal DkimVerification(HeaderSection header, KeyLookup keys, DkimOptions options, TimeProvider time)
    {
        (_header, _keys, _options, _time) = (header, keys, options, time);
        foreach (var field in header)
        {
            if (!field.Is("DKIM-Signature"u8))
                continue;
            if (_signatures.Count == options.MaxSignatures)
                _ignored++;
            else
                Add(DkimSignature.Read(field));
        }
    }

    /// <summary>Takes the next octets of the body: CRLF line ends, not dot-stuffed, cut anywhere.</summary>
    public void Append(ReadOnlySpan<byte> body)
    {
        foreach (var hasher in _bodies.Values)
            hasher.Append(body);
    }

    /// <summary>Ends the body, asks for the keys and verifies. Every failure of DNS, of a key or of a signature is a result.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<DkimOutcome> CompleteAsync(CancellationToken cancel = default)
    {
        var hashes = _bodies.ToDictionary(body => body.Key, body => body.Value.Complete());
        var outcomes = new List<DkimSignatureOutcome>();
        using var deadline = _keys.StartDeadline();
        foreach (var signature in _signatures)
        {
            var fault = signature.Fault ?? CheckExpiry(signature) ?? CheckBody(signature, hashes);
            outcomes.Add(fault is null ? await VerifyAsync(signature, deadline.Token, cancel) : Tell(signature, fault.Value));
        }
        return new DkimOutcome(outcomes, _ignored);
    }

    public void Dispose()
    {
        foreach (var hasher in _bodies.Values)
            hasher.Dispose();
    }

    private void Add(DkimSignature signature)
    {
        _signatures.Add(signature);
        var body = (signature.Body, signature.BodyLength);
        if (signature.Fault is null && !_bodies.ContainsKey(body))
            _bodies.Add(body, new DkimBodyHasher(signature.Body, signature.BodyLength ?? long.MaxValue));
    }

    // RFC 6376 §3.5: whether that counts is the verifier's to say.
    private DkimVerdict? CheckExpiry(DkimSignature signature) =>
        (_time.GetUtcNow() - _options.ClockSkew).ToUnixTimeSeconds() > signature.ExpiresAt ? DkimVerdict.Policy("the signature has expired") : null;

    private DkimVerdict? CheckBody(DkimSignature signature, Dictionary<(DkimCanonicalization, long?), DkimBodyHash> hashes)
    {
        var body = (signature.Body, signature.BodyLength);
        if (signature.BodyLength > _bodies[body].Length)
            return DkimVerdict.Fail("the body is shorter than l=");
        return hashes[body].Digest.Span.SequenceEqual(signature.BodyHash) ? null : DkimVerdict.Fail("the body hash does not match");
    }

    private async Task<DkimSignatureOutcome> VerifyAsync(DkimSignature signature, CancellationToken deadline, CancellationToken cancel)
    {
        var (key, failure) = await _keys.FindAsync(signature, deadline, cancel);
        if (key is null)
            return Tell(signature, failure);
        var verdict = PublicKeys.Verify(signature, key, DigestFields(signature), _options.MaxKeySize);
        var unsigned = _bodies[(signature.Body, signature.BodyLength)].Length - signature.BodyLength ?? 0;
        return Tell(signature, verdict) with
        {
            IsTesting = key.IsTesting,
            UnsignedLength = verdict.Result == DkimResult.Pass ? unsigned : 0,
        };
    }

    // RFC 6376 §3.7: the signed fields, those that are missing as nothing, then the signature itself.
    private byte[] DigestFields(DkimSignature signature)
    {
        using var digest = new DigestWriter();
        _fields ??= new FieldIndex(_header);
        var cursor = _fields.Start(signature.Offset);
        foreach (var name in signature.Fields)
        {
            if (cursor.Take(name) is { IsEmpty: false } field)
                HeaderCanonicalizer.Write(signature.Header, field, digest);
        }
        HeaderCanonicalizer.WriteOpen(signature.Header, signature.Unsigned, digest);
        return digest.Finish();
    }

    private static DkimSignatureOutcome Tell(DkimSignature signature, DkimVerdict verdict) => new()
    {
        Result = verdict.Result,
        Domain = signature.Domain,
        Selector = signature.Selector,
        Detail = verdict.Detail,
    };
}
