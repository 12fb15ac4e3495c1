using System.Collections.Immutable;
using System.Net;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves <c>[[listener]]</c>, and checks that no two listeners, of mail or HTTP, want one address.</summary>
internal static class ListenerResolver
{
    public static ImmutableArray<ListenerModel> Resolve(FileConfig file, ProblemList problems)
    {
        if (file.Listeners.IsEmpty && !problems.HasErrorAt("listener"))
            problems.Error(file.Place with { Path = "listener" }, "expected at least one [[listener]] on which clients submit");
        var taken = new Dictionary<IPEndPoint, Place>();
        foreach (var listener in file.Listeners)
        {
            CheckTls(listener, problems);
            CheckFree(listener.Address, taken, problems);
        }
        CheckFree(file.Http?.Address, taken, problems);
        CheckFree(file.Http?.PublicAddress, taken, problems);
        return [.. file.Listeners.Where(listener => listener.Address is not null).Select(Resolve)];
    }

    private static ListenerModel Resolve(ListenerConfig listener) => new()
    {
        Address = listener.Address!.Value,
        MaxMessageSize = listener.MaxMessageSize?.Value ?? 25L << 20,
        MaxConnections = listener.MaxConnections?.Value ?? 500,
        MaxConnectionsPerAddress = listener.MaxConnectionsPerAddress?.Value ?? 50,
    };

    // To listen in plaintext where TLS was asked for would show passwords to the network.
    private static void CheckTls(ListenerConfig listener, ProblemList problems)
    {
        if (listener.Tls is { Value: not TlsMode.None } tls)
            problems.Error(tls.Place, "TLS towards clients does not work yet; expected \"none\", on a loopback or private address");
    }

    // Port 0 lets the system choose a free one.
    private static void CheckFree(Setting<IPEndPoint>? address, Dictionary<IPEndPoint, Place> taken, ProblemList problems)
    {
        if (address is not null && address.Value.Port != 0 && !taken.TryAdd(address.Value, address.Place))
            problems.Error(address.Place, $"{address.Value} is taken already, at {taken[address.Value]}");
    }
}
