using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Protocols.Dkim;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves the keys with which we sign: <c>dkim_selector</c> and <c>dkim_key</c>, and <c>[[domain.dkim]]</c>.</summary>
/// <remarks>
/// Keys are not disposed of when a reload replaces them: attempts that began before end on them, and what nobody uses any more is the collector's.
/// </remarks>
internal sealed class OwnKeyResolver(Resolution resolution)
{
    // Verifiers look at a few signatures only, and each costs them a question to DNS (RFC 6376 §8.4).
    private const int MostKeys = 4;

    private readonly ProblemList _problems = resolution.Problems;

    // Many domains may share a key; to read an RSA key is far from free.
    private readonly Dictionary<string, DkimPrivateKey> _read = new(StringComparer.Ordinal);

    public ImmutableArray<OwnKeyModel> Resolve(DomainConfig domain)
    {
        var configured = Configured(domain);
        if (configured.Count > MostKeys)
        {
            _problems.Error(domain.Place, $"has {configured.Count} keys to sign with; expected at most {MostKeys}");
            return [];
        }
        var keys = ImmutableArray.CreateBuilder<OwnKeyModel>(configured.Count);
        foreach (var (selector, secret) in configured)
        {
            if (domain.Name is { Value: var name } && Resolve(name, selector, secret) is { } key)
                keys.Add(key);
        }
        var all = keys.DrainToImmutable();
        // Not all receivers know Ed25519 (RFC 8463), and some large ones do not.
        if (all.Length > 0 && all.Length == configured.Count && all.All(static key => key.Record.KeyType != "rsa"))
            _problems.Warning(configured[0].Secret.Place, "many receivers know RSA only: sign with an RSA key as well");
        return all;
    }

    private List<(Setting<string> Selector, Setting<SecretReference> Secret)> Configured(DomainConfig domain)
    {
        var keys = new List<(Setting<string> Selector, Setting<SecretReference> Secret)>();
        if (domain is { DkimSelector: { } selector, DkimKey: { } secret })
            keys.Add((selector, secret));
        else if ((domain.DkimSelector?.Place ?? domain.DkimKey?.Place) is { } alone)
            _problems.Error(alone, "expected dkim_selector and dkim_key together");
        foreach (var key in domain.Dkim)
        {
            if (key is not { Selector: { } further, Key: { } reference })
                continue;
            if (keys.Exists(other => other.Selector.Value.Equals(further.Value, StringComparison.OrdinalIgnoreCase)))
                _problems.Error(further.Place, $"the selector '{further.Value}' has a key already");
            else
                keys.Add((further, reference));
        }
        return keys;
    }

    private OwnKeyModel? Resolve(string domain, Setting<string> selector, Setting<SecretReference> secret)
    {
        if (!resolution.TryRequirePem(secret, out var pem))
            return null;
        if (!_read.TryGetValue(pem, out var key))
        {
            if (!DkimPrivateKey.TryReadPem(pem, out key, out var error))
            {
                _problems.Error(secret.Place, error);
                return null;
            }
            _read.Add(pem, key);
        }
        if (key.IsWeak)
            _problems.Warning(secret.Place, $"the RSA key has {key.Size} bits; {DkimPrivateKey.AdvisedRsaSize} are advised (RFC 8301 §3.2)");
        if (DkimSigner.TryCreate(key, new DkimSignerOptions { Domain = domain, Selector = selector.Value }, out var signer, out var fault))
            return new OwnKeyModel(selector.Value.ToLowerInvariant(), key.Record, signer);
        _problems.Error(selector.Place, fault);
        return null;
    }
}
