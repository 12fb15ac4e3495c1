using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>A client that goes on sending whatever it is told, and notes how far it got and what it was told.</summary>
/// <param name="Sent">Octets that the connection took.</param>
/// <param name="Replies">All of them.</param>
internal sealed record EndlessClient(long Sent, string Replies)
{
    /// <summary>Sends a beginning, and then one piece again and again.</summary>
    /// <param name="most">Octets after which it gives up.</param>
    public static async Task<EndlessClient> SendAsync(int port, string start, ReadOnlyMemory<byte> piece, long most)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        // Replies are read meanwhile: a closed connection with something unread would lose the last.
        var replies = new StringBuilder();
        var reading = ReadAsync(socket, replies);
        var sent = 0L;
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(start));
            while (sent < most && !reading.IsCompleted)
                sent += await socket.SendAsync(piece);
        }
        catch (SocketException)
        {
            // Cut off.
        }
        if (sent >= most)
            socket.Shutdown(SocketShutdown.Send);
        await reading;
        return new EndlessClient(sent, replies.ToString());
    }

    private static async Task ReadAsync(Socket socket, StringBuilder replies)
    {
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer) is > 0 and var length)
                replies.Append(Encoding.ASCII.GetString(buffer, 0, length));
        }
        catch (SocketException)
        {
            // Cut off.
        }
    }
}
