using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;

namespace OutreachRelay.Http;

/// <summary>Who is at the other end of a Unix socket.</summary>
internal static class UnixPeer
{
    // Linux: SOL_SOCKET and SO_PEERCRED, which yields pid, uid and gid as three integers (unix(7)).
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    /// <summary>Whether the request came over a Unix socket.</summary>
    public static bool IsOn(HttpContext context) => SocketOf(context)?.LocalEndPoint is UnixDomainSocketEndPoint;

    /// <summary>The peer's user name, <c>uid 1000</c> when it has none here, or <c>socket</c> when the system does not tell.</summary>
    public static string NameOf(HttpContext context)
    {
        if (!OperatingSystem.IsLinux() || SocketOf(context) is not { } socket)
            return "socket";
        Span<int> credentials = stackalloc int[3];
        try
        {
            socket.GetRawSocketOption(SolSocket, SoPeerCred, MemoryMarshal.AsBytes(credentials));
        }
        catch (SocketException)
        {
            return "socket";
        }
        var uid = credentials[1].ToString(CultureInfo.InvariantCulture);
        return UserName(uid) ?? "uid " + uid;
    }

    private static Socket? SocketOf(HttpContext context) => context.Features.Get<IConnectionSocketFeature>()?.Socket;

    // passwd(5): name:password:uid:…
    private static string? UserName(string uid)
    {
        try
        {
            foreach (var line in File.ReadLines("/etc/passwd"))
            {
                var fields = line.Split(':', 4);
                if (fields.Length == 4 && fields[2] == uid)
                    return fields[0];
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
        return null;
    }
}
