using System.Net.Sockets;
using System.Text;

namespace OutreachRelay.Http;

/// <summary>The Unix socket on which the relay listens for its command line.</summary>
public static class AdminSocket
{
    // sun_path of sockaddr_un holds 108 octets with the final NUL (unix(7)).
    private const int MaxPath = 107;

    /// <summary>Makes way for listening: removes the socket that a killed process left behind. To be called when this process owns the data directory.</summary>
    /// <returns>Why the socket cannot be used, or <see langword="null"/>.</returns>
    public static async Task<string?> PrepareAsync(string path)
    {
        if (Encoding.UTF8.GetByteCount(path) > MaxPath)
            return $"the path of the admin socket is longer than {MaxPath} octets";
        if (!File.Exists(path))
            return null;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
            return "another process listens on the admin socket";
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            if (IsFile(path))
                return "the admin socket's path is taken by a file";
            File.Delete(path);
            return null;
        }
        catch (SocketException)
        {
            return "the admin socket's path is taken by something else";
        }
    }

    /// <summary>Lets owner and group in, nobody else (mode 0660). To be called when the socket listens.</summary>
    public static void Restrict(string path)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
    }

    // Connecting to an ordinary file is refused too. What tells them apart: a socket cannot be opened as a file (ENXIO, open(2)).
    private static bool IsFile(string path)
    {
        try
        {
            using var _ = File.OpenHandle(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
