using System.Net;
using System.Net.Sockets;
using OutreachRelay.Configuration;

namespace OutreachRelay;

/// <summary>Connects HTTP clients to hosts whose names may lead where nobody meant them to lead.</summary>
internal static class GuardedConnect
{
    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>: resolves the host once, and connects to what was looked at.</summary>
    /// <param name="wanted">Where all addresses of the host have to be; <see langword="null"/> for anywhere.</param>
    /// <param name="otherwise">What is said of an address that is elsewhere, behind "HOST resolves to ADDRESS, ".</param>
    /// <exception cref="HttpRequestException">An address is elsewhere.</exception>
    /// <exception cref="SocketException">There is no such host, or no connection.</exception>
    public static async ValueTask<Stream> ConnectAsync(DnsEndPoint host, AddressReach? wanted, string otherwise, CancellationToken cancel)
    {
        var addresses = await Dns.GetHostAddressesAsync(host.Host, cancel);
        if (wanted is { } reach && AddressReaches.FindOther(addresses, reach) is { } wrong)
            throw new HttpRequestException($"{host.Host} resolves to {wrong}, {otherwise}");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, host.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
