using System.Net;
using System.Net.Sockets;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>The addresses that an upstream is connected to.</summary>
/// <remarks>
/// Whoever can change an upstream's name in the DNS could point it at a service of this machine or its network; so a name must resolve to the
/// internet, unless <c>tls = "none"</c> says that the upstream is near: then it must not. An address in the configuration means what it says.
/// </remarks>
internal sealed class UpstreamAddresses(HostResolver resolve, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <returns>Addresses in order of preference, or none and the failure, which is the connection's.</returns>
    public async Task<(IReadOnlyList<IPAddress> Addresses, SmtpResult? Failure)> FindAsync(UpstreamModel upstream, CancellationToken cancel)
    {
        if (IPAddress.TryParse(upstream.Host, out var literal))
            return ([literal], null);
        using var deadline = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        try
        {
            var found = await resolve(upstream.Host, either.Token);
            if (found.Length == 0)
                return ([], Failed(SmtpFailureKind.Unreachable, $"{upstream.Host} has no address"));
            return FindProblem(upstream, found) is { } problem ? ([], Failed(SmtpFailureKind.RefusedLocally, problem)) : (found, null);
        }
        catch (SocketException error)
        {
            return ([], Failed(SmtpFailureKind.Unreachable, $"{upstream.Host} was not resolved: {error.SocketErrorCode}"));
        }
        catch (OperationCanceledException)
        {
            return ([], cancel.IsCancellationRequested
                ? Failed(SmtpFailureKind.Cancelled, "cancelled")
                : Failed(SmtpFailureKind.Timeout, $"{upstream.Host} was not resolved in time"));
        }
    }

    /// <summary>Why a name must not be connected to, in words for the operator.</summary>
    public static string? FindProblem(UpstreamModel upstream, IReadOnlyList<IPAddress> found)
    {
        var wanted = upstream.Tls == TlsMode.None ? AddressReach.Private : AddressReach.Public;
        if (AddressReaches.FindOther(found, wanted) is not { } wrong)
            return null;
        return wanted == AddressReach.Private
            ? $"{upstream.Host} resolves to {wrong}, which is neither loopback nor private: mail must not go there without TLS"
            : $"{upstream.Host} resolves to {wrong}, which is not an address of the internet: write the address itself as host if that is meant";
    }

    private static SmtpResult Failed(SmtpFailureKind failure, string detail) => new() { Stage = SmtpStage.Connect, Failure = failure, Detail = detail };
}
