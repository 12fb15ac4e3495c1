using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using OutreachRelay.Configuration;

namespace OutreachRelay;

/// <summary>
/// Listening sockets that systemd opened and keeps open while we restart, so that clients wait instead of being refused (sd_listen_fds(3)).
/// A socket belongs to the listener that is configured with its address.
/// </summary>
public sealed class PassedSockets
{
    // SD_LISTEN_FDS_START: 0 to 2 are standard input, output and error.
    private const int First = 3;
    private const int Most = 64;

    private readonly ImmutableArray<PassedSocket> _sockets;

    private PassedSockets(ImmutableArray<PassedSocket> sockets) => _sockets = sockets;

    /// <summary>Nothing was passed: every listener opens its own port.</summary>
    public static PassedSockets None { get; } = new([]);

    /// <param name="environment">Yields <c>LISTEN_PID</c>, <c>LISTEN_FDS</c> and <c>LISTEN_FDNAMES</c> where a service manager set them.</param>
    /// <param name="processId">Ours: sockets that were meant for a parent are left alone.</param>
    /// <exception cref="IOException">A descriptor is no listening TCP socket.</exception>
    public static PassedSockets Read(Func<string, string?> environment, int processId)
    {
        if (environment("LISTEN_PID") != processId.ToString(CultureInfo.InvariantCulture)
            || !int.TryParse(environment("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return None;
        }
        if (count > Most)
            throw new IOException($"LISTEN_FDS says {count}; more than {Most} sockets are not taken");
        var names = environment("LISTEN_FDNAMES")?.Split(':') ?? [];
        return new PassedSockets([.. Enumerable.Range(0, count).Select(i => Inspect(First + i, i < names.Length ? names[i] : ""))]);
    }

    /// <summary>Listens on the socket that was passed for this address, or opens the port.</summary>
    public void Listen(KestrelServerOptions kestrel, IPEndPoint address, Action<ListenOptions> configure)
    {
        if (Find(address) is { } socket)
            kestrel.ListenHandle((ulong)socket.Descriptor, configure);
        else
            kestrel.Listen(address, configure);
    }

    /// <summary>A socket on which nothing would be served: its clients would be connected and wait for ever.</summary>
    /// <returns>In words; <see langword="null"/> when every socket has its listener.</returns>
    public string? Stray(RelayModel model)
    {
        IPEndPoint?[] configured = [.. model.Listeners.Select(listener => listener.Address), model.Http.Address, model.Http.PublicAddress];
        var served = configured.OfType<IPEndPoint>().Select(Find).ToHashSet();
        return _sockets.FirstOrDefault(socket => !served.Contains(socket))?.ToString();
    }

    private PassedSocket? Find(IPEndPoint address) =>
        _sockets.FirstOrDefault(socket => socket.Address.Equals(address)) ?? _sockets.FirstOrDefault(socket => socket.Covers(address));

    private static PassedSocket Inspect(int descriptor, string name)
    {
        try
        {
            // Looked at only: the descriptor is Kestrel's to close.
            using var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: false));
            if (socket.LocalEndPoint is IPEndPoint address
                && socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) is 1)
            {
                return new PassedSocket(descriptor, name, address);
            }
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new IOException($"descriptor {descriptor} of LISTEN_FDS is no socket", e);
        }
        throw new IOException($"descriptor {descriptor} of LISTEN_FDS is no listening TCP socket");
    }

    private sealed record PassedSocket(int Descriptor, string Name, IPEndPoint Address)
    {
        /// <summary>A socket on [::] takes IPv4 too, so it may stand for a listener on 0.0.0.0; one on a mapped address for its IPv4 listener.</summary>
        public bool Covers(IPEndPoint address) =>
            Address.Port == address.Port
            && (Address.Address.Equals(IPAddress.IPv6Any) && address.Address.Equals(IPAddress.Any)
                || Address.Address.IsIPv4MappedToIPv6 && Address.Address.MapToIPv4().Equals(address.Address));

        public override string ToString() => Name.Length == 0 ? $"{Address}" : $"{Address} ('{Name}')";
    }
}
