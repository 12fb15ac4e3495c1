using System.Net;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves <c>[http]</c> with its tokens.</summary>
internal sealed class HttpResolver(Resolution resolution)
{
    // 16 random characters of an alphabet of 64 are 96 bits: more than anyone tries over a network.
    private const int ShortSecret = 16;

    private static readonly IPEndPoint Default = new(IPAddress.Loopback, 8025);

    private readonly ProblemList _problems = resolution.Problems;

    public HttpModel Resolve(HttpConfig? http)
    {
        if (http?.Address is { } address && !IPAddress.IsLoopback(address.Value.Address))
        {
            _problems.Warning(address.Place,
                "whoever reaches this address reads metrics and health without a token, and tokens pass in the clear; prefer a loopback address");
        }
        var tokens = new NameTable<ApiTokenModel>("token", _problems);
        var secrets = new List<(ApiTokenModel Token, Place Place)>();
        foreach (var token in http?.Tokens ?? [])
            tokens.Add(token.Name, Resolve(token, secrets));
        return new HttpModel(http?.Address?.Value ?? Default, http?.PublicUrl?.Value)
        {
            PublicAddress = http?.PublicAddress?.Value,
            Tokens = [.. tokens.Values],
        };
    }

    private ApiTokenModel? Resolve(HttpTokenConfig config, List<(ApiTokenModel Token, Place Place)> others)
    {
        if (config.Secret is not { } reference || !resolution.TryResolve(reference, out var secret))
            return null;
        if (secret is null)
        {
            _problems.Warning(reference.Place, $"the secret {Shown.Text(reference.Value.ToString())} is not set or empty; this token is disabled");
            return null;
        }
        if (secret.Length < ShortSecret)
            _problems.Warning(reference.Place, $"the token is shorter than {ShortSecret} characters and can be guessed");
        if (config.Name is null || config.Scopes is null)
            return null;
        var scopes = config.Scopes.Value.Aggregate(ApiScopes.None, static (all, scope) => all | scope.Value);
        var token = new ApiTokenModel(config.Name.Value, scopes, ApiTokenModel.DigestOf(secret));
        CheckUnique(token, reference.Place, others);
        return token;
    }

    // The token's name tells who did it, so a secret has one name.
    private void CheckUnique(ApiTokenModel token, Place place, List<(ApiTokenModel Token, Place Place)> others)
    {
        foreach (var (other, where) in others)
        {
            if (other.Matches(token.Digest.AsSpan()))
                _problems.Error(place, $"token '{other.Name}' has the same secret, at {where}");
        }
        others.Add((token, place));
    }
}
