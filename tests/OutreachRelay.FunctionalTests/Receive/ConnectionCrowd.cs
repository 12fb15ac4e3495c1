using System.Net;
using System.Net.Sockets;
using System.Text;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>Thousands of connections from hundreds of addresses, each no more than a socket here.</summary>
/// <param name="firstNet">The third octet of their first address, 127.0.X.1; each net has 200.</param>
internal sealed class ConnectionCrowd(int firstNet) : IAsyncDisposable
{
    private const int AddressesPerNet = 200;
    private const int AtATime = 100;

    // What the process that opens them needs for itself; what the relay needs is no more.
    private const int OtherFiles = 1000;

    private readonly List<Socket> _open = [];
    private int _next;

    /// <summary>As many as wanted, or as many as the machine lets one process open.</summary>
    public static int Affordable(int wanted) => Math.Min(wanted, ProcessFigures.OpenFilesLimit - OtherFiles);

    /// <summary>Opens connections and goes on with each as it is told; those that are over then are closed.</summary>
    /// <param name="perAddress">How many come from one address.</param>
    /// <param name="begin">Returns whether the connection is to be kept open.</param>
    /// <returns>How many were kept.</returns>
    public async Task<int> OpenAsync(int port, int connections, int perAddress, Func<Socket, int, Task<bool>> begin)
    {
        var (kept, next) = (0, -1);
        await Task.WhenAll(Enumerable.Range(0, AtATime).Select(_ => Task.Run(OpenSomeAsync)));
        return kept;

        async Task OpenSomeAsync()
        {
            for (int number; (number = Interlocked.Increment(ref next)) < connections;)
            {
                var socket = await ConnectAsync(port, Address((Interlocked.Increment(ref _next) - 1) / perAddress));
                if (await begin(socket, number))
                {
                    Interlocked.Increment(ref kept);
                    lock (_open)
                        _open.Add(socket);
                }
                else
                    socket.Dispose();
            }
        }
    }

    /// <summary>Reads until a reply line has come, or the end.</summary>
    public static async Task<string> ReadAsync(Socket socket)
    {
        var (buffer, length) = (new byte[1024], 0);
        while (length < buffer.Length && !(length > 0 && buffer[length - 1] == '\n'))
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length));
            if (read == 0)
                break;
            length += read;
        }
        return Encoding.ASCII.GetString(buffer, 0, length);
    }

    /// <summary>Reads all that comes until the relay closes.</summary>
    public static async Task<string> ReadToEndAsync(Socket socket)
    {
        var (buffer, text) = (new byte[1024], new StringBuilder());
        while (await socket.ReceiveAsync(buffer) is > 0 and var read)
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        return text.ToString();
    }

    /// <summary>All of them hang up.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_open)
        {
            foreach (var socket in _open)
                socket.Dispose();
            _open.Clear();
        }
        return ValueTask.CompletedTask;
    }

    private IPAddress Address(int number) => new([127, 0, (byte)(firstNet + (number / AddressesPerNet)), (byte)(1 + (number % AddressesPerNet))]);

    private static async Task<Socket> ConnectAsync(int port, IPAddress from)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }
}
