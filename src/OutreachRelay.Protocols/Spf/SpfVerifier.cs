using System.Net;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Protocols.Spf;

/// <summary>Checks whether a host may send for a domain (RFC 7208).</summary>
public sealed class SpfVerifier(IDnsResolver dns, SpfOptions options, TimeProvider time)
{
    /// <summary>Runs check_host(). Every failure of DNS or of the records is a result.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task<SpfOutcome> CheckHostAsync(SpfRequest request, CancellationToken cancel = default)
    {
        var (localPart, domain) = request.Sender;
        if (domain.EndsWith('.'))
            domain = domain[..^1];
        // RFC 7208 §4.3: what has no valid domain name has no policy.
        if (!IsDomain(domain))
            return new SpfOutcome { Result = SpfResult.None, Domain = domain, Detail = "no valid domain name" };

        var values = new MacroValues
        {
            LocalPart = localPart,
            SenderDomain = domain,
            Domain = domain,
            Client = request.Client.IsIPv4MappedToIPv6 ? request.Client.MapToIPv4() : request.Client,
            Helo = request.Helo,
            Receiver = request.Receiver,
            Now = time.GetUtcNow(),
        };
        using var deadline = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        var evaluation = new SpfEvaluation(dns, options, values, either.Token);
        SpfVerdict? found = null;
        string? explanation = null;
        try
        {
            found = await evaluation.EvaluateAsync(domain);
            if (found is { Result: SpfResult.Fail, Explanation: { } where })
                explanation = await evaluation.ExplainAsync(where, found.Value.Domain);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // A fail whose explanation did not come in time is a fail.
        }
        var verdict = found ?? new SpfVerdict(SpfResult.TempError, "the check took too long");
        return new SpfOutcome
        {
            Result = verdict.Result,
            Domain = domain,
            Mechanism = verdict.Mechanism,
            Explanation = explanation,
            Lookups = evaluation.Lookups,
            VoidLookups = evaluation.VoidLookups,
            Detail = verdict.Detail,
        };
    }

    // Letters, digits, hyphens and underscores in two labels at least: so no address literal, and no name without a dot.
    private static bool IsDomain(string domain)
    {
        if (domain.Length > 253 || !domain.Contains('.'))
            return false;
        foreach (var range in domain.AsSpan().Split('.'))
        {
            var label = domain.AsSpan(range);
            if (label.Length is 0 or > 63)
                return false;
            foreach (var c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                    return false;
            }
        }
        return !IPAddress.TryParse(domain, out _);
    }
}
