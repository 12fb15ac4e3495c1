using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves <c>[[listener]]</c>, and checks that no two listeners, of mail or HTTP, want one address.</summary>
internal sealed class ListenerResolver(Resolution resolution)
{
    public ImmutableArray<ListenerModel> Resolve(FileConfig file)
    {
        var problems = resolution.Problems;
        if (file.Listeners.All(static listener => listener.Purpose is { Value: ListenerPurpose.Bounces }) && !problems.HasErrorAt("listener"))
            problems.Error(file.Place with { Path = "listener" }, "expected at least one [[listener]] on which clients submit");
        var taken = new Dictionary<IPEndPoint, Place>();
        foreach (var listener in file.Listeners)
        {
            CheckFree(listener.Address, taken, problems);
        }
        if (file.Listeners.FirstOrDefault(static listener => listener.Purpose is { Value: ListenerPurpose.Bounces }) is { } bounces
            && !file.Domains.Any(static domain => domain.ReturnPath is not null))
            problems.Warning(bounces.Purpose!.Place, "takes nothing: no [[domain]] has a return_path");
        CheckFree(file.Http?.Address, taken, problems);
        CheckFree(file.Http?.PublicAddress, taken, problems);
        return [.. file.Listeners.Select(Resolve).OfType<ListenerModel>()];
    }

    private ListenerModel? Resolve(ListenerConfig listener)
    {
        var certificate = ResolveCertificate(listener);
        return listener.Address is null ? null : new ListenerModel
        {
            Address = listener.Address.Value,
            Purpose = listener.Purpose?.Value ?? ListenerPurpose.Submission,
            Tls = listener.Tls?.Value ?? TlsMode.None,
            Certificate = certificate,
            ProxyProtocolFrom = listener.ProxyProtocolFrom?.Value.Select(network => network.Value).ToImmutableArray() ?? [],
            MaxMessageSize = listener.MaxMessageSize?.Value ?? 25L << 20,
            MaxConnections = listener.MaxConnections?.Value ?? 500,
            MaxConnectionsPerAddress = listener.MaxConnectionsPerAddress?.Value ?? 50,
        };
    }

    private SslStreamCertificateContext? ResolveCertificate(ListenerConfig listener)
    {
        var problems = resolution.Problems;
        if (listener.Tls is { Value: not TlsMode.None } tls)
        {
            if (listener.Certificate is not null)
                return new CertificateResolver(resolution).Resolve(listener.Certificate, listener.Key);
            if (!problems.HasErrorAt(listener.Place.Path + ".certificate"))
                problems.Error(tls.Place, "TLS needs a certificate; expected certificate = \"PATH\" of a chain in PEM form");
            return null;
        }
        // No password crosses a network in plaintext even so, because logins are not taken there.
        if ((listener.Certificate?.Place ?? listener.Key?.Place) is { } place && !problems.HasErrorAt(listener.Place.Path + ".tls"))
            problems.Warning(place, "has no effect without TLS; for TLS set tls = \"starttls\" or \"implicit\" beside it");
        return null;
    }

    // Port 0 lets the system choose a free one.
    private static void CheckFree(Setting<IPEndPoint>? address, Dictionary<IPEndPoint, Place> taken, ProblemList problems)
    {
        if (address is not null && address.Value.Port != 0 && !taken.TryAdd(address.Value, address.Place))
            problems.Error(address.Place, $"{address.Value} is taken already, at {taken[address.Value]}");
    }
}
