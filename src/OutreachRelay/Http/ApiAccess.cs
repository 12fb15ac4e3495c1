using System.Security.Cryptography;
using System.Text;
using OutreachRelay.Configuration;

namespace OutreachRelay.Http;

/// <summary>Whether a request may use the API, and as whom: the one place that knows of tokens and scopes.</summary>
internal abstract record ApiAccess
{
    private const string Scheme = "Bearer ";

    // As long as a secret of the configuration may be.
    private const int MostCharacters = 4096;

    /// <param name="Who">The user at the Unix socket, or the token's name.</param>
    public sealed record Granted(string Who) : ApiAccess;

    /// <summary>Over TCP there is no API unless a token is configured.</summary>
    public sealed record Absent : ApiAccess;

    /// <param name="Challenge">For <c>WWW-Authenticate</c> (RFC 6750 §3).</param>
    public sealed record Refused(int Status, string Challenge, string Detail) : ApiAccess;

    /// <param name="needed">The scope that the endpoint asks for.</param>
    public static ApiAccess Of(HttpContext context, HttpModel model, ApiScopes needed)
    {
        // Who may open the socket (mode 0660) may operate the relay.
        if (UnixPeer.IsOn(context))
            return new Granted(UnixPeer.NameOf(context));
        if (model.Tokens.IsEmpty)
            return new Absent();
        return Decide(context.Request.Headers.Authorization, model, needed);
    }

    private static ApiAccess Decide(string? authorization, HttpModel model, ApiScopes needed)
    {
        if (authorization?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) != true)
            return new Refused(StatusCodes.Status401Unauthorized, "Bearer realm=\"outreach-relay\"", "this needs a bearer token");
        if (Find(authorization.AsSpan(Scheme.Length).Trim(), model) is not { } token)
        {
            return new Refused(
                StatusCodes.Status401Unauthorized, "Bearer realm=\"outreach-relay\", error=\"invalid_token\"", "the token is not known");
        }
        if (token.Scopes.HasFlag(needed))
            return new Granted(token.Name);
        var scope = needed == ApiScopes.Read ? "read" : "operate";
        return new Refused(
            StatusCodes.Status403Forbidden, $"Bearer realm=\"outreach-relay\", error=\"insufficient_scope\", scope=\"{scope}\"",
            $"the token does not have the scope {scope}");
    }

    // Every token is compared, so that the time tells neither which one came close nor where it stands.
    private static ApiTokenModel? Find(ReadOnlySpan<char> secret, HttpModel model)
    {
        if (secret.Length > MostCharacters)
            return null;
        Span<byte> octets = stackalloc byte[Encoding.UTF8.GetMaxByteCount(secret.Length)];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(octets[..Encoding.UTF8.GetBytes(secret, octets)], digest);
        ApiTokenModel? found = null;
        foreach (var token in model.Tokens)
        {
            if (token.Matches(digest))
                found = token;
        }
        return found;
    }
}
