using System.Collections.Immutable;
using System.Net;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves <c>[[upstream]]</c> and its credentials.</summary>
internal sealed class UpstreamResolver(Resolution resolution)
{
    private readonly ProblemList _problems = resolution.Problems;

    public NameTable<UpstreamModel> Resolve(FileConfig file)
    {
        if (file.Upstreams.IsEmpty && !_problems.HasErrorAt("upstream"))
            _problems.Error(file.Place with { Path = "upstream" }, "expected at least one [[upstream]] through which mail leaves");
        var table = new NameTable<UpstreamModel>("upstream", _problems);
        var presets = new PresetRule(new PresetFiles(resolution.DataPath(file.Relay), resolution), _problems);
        foreach (var upstream in file.Upstreams)
            table.Add(upstream.Name, Resolve(upstream, presets));
        return table;
    }

    private UpstreamModel? Resolve(UpstreamConfig table, PresetRule presets)
    {
        var (upstream, preset) = table.Type?.Value == UpstreamType.Capture ? (table, null) : presets.Apply(table);
        if (upstream.Type?.Value == UpstreamType.Capture)
            CheckCapture(upstream);
        else if (upstream.Type is not null)
            CheckSmtp(upstream);
        var account = ResolveAccount(upstream);
        var perDomain = ResolvePerDomain(upstream);
        if (upstream.Name is null || upstream.Type is null)
            return null;
        var tls = upstream.Type.Value == UpstreamType.Capture ? TlsMode.None : upstream.Tls?.Value ?? TlsMode.StartTls;
        return new UpstreamModel
        {
            Name = upstream.Name.Value,
            Type = upstream.Type.Value,
            Host = upstream.Host?.Value ?? "",
            Port = upstream.Type.Value == UpstreamType.Capture ? 0 : upstream.Port?.Value ?? DefaultPort(tls),
            Tls = tls,
            Preset = preset,
            AddedFields = preset is null ? [] : presets.Fields(upstream),
            Roots = ResolveRoots(upstream),
            UseChunking = upstream.Chunking?.Value ?? false,
            Credential = account,
            DomainCredentials = perDomain,
            Tier = upstream.Tier?.Value ?? 1,
            Weight = upstream.Weight?.Value ?? 1,
            MaxConnections = upstream.MaxConnections?.Value ?? 8,
            MaxMessagesPerConnection = upstream.MaxMessagesPerConnection?.Value ?? 1000,
            MaxMessageSize = upstream.MaxMessageSize?.Value,
            Rate = upstream.Rate?.Value,
            Limits = ResolveLimits(upstream),
            Webhook = new WebhookRule(resolution).Resolve(upstream, preset),
            SendingAddresses = [.. upstream.SendingAddresses?.Value.Select(address => address.Value) ?? []],
        };
    }

    // RFC 8314 §3.3: 465 is implicit TLS; RFC 6409: 587 is submission; a relay without TLS is one on 25.
    private static int DefaultPort(TlsMode tls) => tls switch { TlsMode.StartTls => 587, TlsMode.Implicit => 465, _ => 25 };

    private void CheckCapture(UpstreamConfig upstream)
    {
        Place?[] places =
        [
            upstream.Preset?.Place, upstream.Region?.Place, upstream.IpPool?.Place, upstream.MaxMessageSize?.Place, upstream.Host?.Place, upstream.Port?.Place, upstream.Tls?.Place,
            upstream.Ca?.Place, upstream.Chunking?.Place, upstream.Auth?.Place, upstream.Username?.Place, upstream.Password?.Place,
            upstream.SendingAddresses?.Place, upstream.WebhookSecrets?.Place,
        ];
        foreach (var place in places.OfType<Place>().Concat(upstream.Credentials.Select(credential => credential.Place)))
            _problems.Error(place, "has no meaning for type = \"capture\", which keeps mail on this machine");
    }

    private void CheckSmtp(UpstreamConfig upstream)
    {
        if (upstream.Host is null && !_problems.HasErrorAt(upstream.Place.Path + ".host") && !_problems.HasErrorAt(upstream.Place.Path + ".preset"))
        {
            _problems.Error(upstream.Place with { Path = upstream.Place.Path + ".host" },
                upstream.Preset is null
                    ? "is missing: type = \"smtp\" needs a host"
                    : $"is missing: the preset '{upstream.Preset.Value}' needs a region beside it, or a host");
        }
        LoginRule.Check(upstream.Place, upstream.Username?.Place, upstream.Password?.Place, _problems);
        if (upstream is { Auth: { } auth, Username: null, Password: null, Credentials.IsEmpty: true })
            _problems.Error(auth.Place, "expected username and password beside it, or an [[upstream.credential]]");
        if (upstream.Tls is { Value: TlsMode.None } tls)
            CheckPlaintext(upstream, tls);
    }

    private void CheckPlaintext(UpstreamConfig upstream, Setting<TlsMode> tls)
    {
        if (upstream.Username is not null || upstream.Password is not null || !upstream.Credentials.IsEmpty)
            _problems.Error(tls.Place, "credentials must not cross the network in plaintext; expected \"starttls\" or \"implicit\"");
        if (upstream.Ca is { } roots)
            _problems.Error(roots.Place, "has no meaning for tls = \"none\", which has no certificates");
        if (upstream.Host is { } host && IPAddress.TryParse(host.Value, out var address) && AddressReaches.Of(address) != AddressReach.Private)
        {
            _problems.Error(tls.Place,
                $"{host.Value} is neither loopback nor private, so mail must not go there in plaintext; expected \"starttls\" or \"implicit\"");
        }
    }

    private UpstreamLimits ResolveLimits(UpstreamConfig upstream)
    {
        var price = (decimal?)upstream.PricePer1000?.Value;
        if (upstream.MonthlyBudget is { } budget && !(price >= UpstreamLimits.LeastPrice))
            _problems.Error(budget.Place, $"expected a price_per_1000 of at least {UpstreamLimits.LeastPrice} beside it");
        if (upstream is { Warmup: { } warmup, WarmupStart: null })
            _problems.Error(warmup.Place, "expected a warmup_start beside it: the day on which it begins");
        if (upstream is { Warmup: null, WarmupStart: { } start })
            _problems.Error(start.Place, "expected a warmup beside it, such as { start = 200, step = 200 }");
        return new UpstreamLimits
        {
            Daily = upstream.DailyLimit?.Value,
            Monthly = upstream.MonthlyLimit?.Value,
            Warmup = upstream.Warmup?.Ramp,
            WarmupSince = upstream.WarmupStart?.Value ?? default,
            PricePer1000 = price,
            MonthlyBudget = (decimal?)upstream.MonthlyBudget?.Value,
        };
    }

    private TrustedRoots? ResolveRoots(UpstreamConfig upstream)
    {
        if (upstream.Ca is not { } ca)
            return null;
        var roots = RootCertificates.Read(resolution.FullPath(ca.Value), out var content, out var error);
        resolution.Digest.AddFile(content);
        if (error is not null)
            _problems.Error(ca.Place, $"the file {Shown.Text(ca.Value)} {error}");
        return roots;
    }

    private CredentialModel? ResolveAccount(UpstreamConfig upstream) =>
        Resolve(upstream.Name?.Value, [], upstream.Username, upstream.Password, upstream.Auth);

    private CredentialModel? Resolve(
        string? id, ImmutableArray<string> domains, Setting<TextOrSecret>? username, Setting<SecretReference>? password, Setting<AuthMode>? auth)
    {
        var user = Resolve(username);
        var secret = password is not null && resolution.TryRequire(password, out var found) ? found : null;
        if (user is null || secret is null || id is null)
            return null;
        var isToken = auth?.Value == AuthMode.XOAuth2;
        return new CredentialModel(id, domains, user, secret)
        {
            Auth = isToken ? AuthMode.XOAuth2 : AuthMode.Password,
            TokenFile = isToken && password!.Value.InFile ? resolution.FullPath(password.Value.Name) : null,
        };
    }

    private ImmutableArray<CredentialModel> ResolvePerDomain(UpstreamConfig upstream)
    {
        var credentials = ImmutableArray.CreateBuilder<CredentialModel>();
        var taken = new Dictionary<string, Place>(StringComparer.Ordinal);
        foreach (var credential in upstream.Credentials)
        {
            CheckDomains(credential, taken);
            var domains = credential.Domains?.Value.Select(domain => domain.Value).ToImmutableArray() ?? [];
            var id = domains.IsEmpty ? null : $"{upstream.Name?.Value}/{domains[0]}";
            if (Resolve(id, domains, credential.Username, credential.Password, credential.Auth ?? upstream.Auth) is { } resolved)
                credentials.Add(resolved);
        }
        return credentials.DrainToImmutable();
    }

    private void CheckDomains(CredentialConfig credential, Dictionary<string, Place> taken)
    {
        if (credential.Domains is { Value.IsEmpty: true } none)
            _problems.Error(none.Place, "expected at least one sender domain");
        foreach (var domain in credential.Domains?.Value ?? [])
        {
            if (!taken.TryAdd(domain.Value, domain.Place))
                _problems.Error(domain.Place, $"{domain.Value} has a credential already, at {taken[domain.Value]}");
        }
    }

    private string? Resolve(Setting<TextOrSecret>? setting)
    {
        if (setting is null)
            return null;
        if (setting.Value.Secret is not { } reference)
            return setting.Value.Text;
        return resolution.TryRequire(new Setting<SecretReference>(reference, setting.Place), out var secret) ? secret : null;
    }
}
