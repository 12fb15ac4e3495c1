using System.Net;
using System.Net.Sockets;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>Connects to the first address of a host that answers (RFC 8305): a dead one costs a quarter of a second, not a timeout.</summary>
internal static class SmtpClientConnector
{
    /// <summary>More addresses than these are not tried: the answer of a resolver is no reason for hundreds of connections.</summary>
    private const int MaxAddresses = 8;

    // RFC 8305 §5: the recommended connection attempt delay.
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(250);

    public static async Task<(Socket? Socket, SmtpClientAnswer Failure)> ConnectAsync(
        SmtpClientOptions options, TimeProvider time, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(options.Timeouts.Connect, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        try
        {
            var addresses = await ResolveAsync(options, either.Token);
            if (addresses.Length == 0)
                return (null, new SmtpClientAnswer(null, SmtpFailureKind.Unreachable, "the host has no address"));
            var (socket, problem) = await RaceAsync(addresses, options.Port, time, either);
            if (socket is not null || !either.IsCancellationRequested)
                return (socket, socket is null ? new SmtpClientAnswer(null, SmtpFailureKind.Unreachable, problem) : default);
        }
        catch (SocketException error)
        {
            return (null, new SmtpClientAnswer(null, SmtpFailureKind.Unreachable, $"the host was not resolved: {error.SocketErrorCode}"));
        }
        catch (ArgumentException)
        {
            return (null, new SmtpClientAnswer(null, SmtpFailureKind.Unreachable, "the host is no valid name"));
        }
        catch (OperationCanceledException)
        {
            // Told apart below.
        }
        return (null, cancel.IsCancellationRequested
            ? new SmtpClientAnswer(null, SmtpFailureKind.Cancelled, "cancelled")
            : new SmtpClientAnswer(null, SmtpFailureKind.Timeout, "no address answered in time"));
    }

    private static async Task<IPAddress[]> ResolveAsync(SmtpClientOptions options, CancellationToken cancel)
    {
        var found = options.Addresses
            ?? (IPAddress.TryParse(options.Host, out var literal) ? [literal] : await System.Net.Dns.GetHostAddressesAsync(options.Host, cancel));
        return Interleave(found);
    }

    // RFC 8305 §4: families take turns, so that a network without IPv6 costs one head start and not several.
    private static IPAddress[] Interleave(IReadOnlyList<IPAddress> addresses) =>
    [
        .. addresses.GroupBy(address => address.AddressFamily)
            .SelectMany(family => family.Select((address, turn) => (address, turn)))
            .OrderBy(each => each.turn)
            .Select(each => each.address)
            .Take(MaxAddresses),
    ];

    private static async Task<(Socket? Socket, string Problem)> RaceAsync(
        IPAddress[] addresses, int port, TimeProvider time, CancellationTokenSource race)
    {
        var running = new List<Task<(Socket? Socket, string Problem)>>();
        var problems = new List<string>();
        for (var next = 0; ;)
        {
            if (next < addresses.Length)
                running.Add(DialAsync(addresses[next++], port, race.Token));
            Task[] waits = next < addresses.Length ? [.. running, Task.Delay(HeadStart, time, race.Token)] : [.. running];
            var done = await Task.WhenAny(waits);
            if (done is not Task<(Socket? Socket, string Problem)> dial)
                continue;
            running.Remove(dial);
            var (socket, problem) = await dial;
            if (socket is not null)
            {
                await race.CancelAsync();
                _ = CloseAsync(running);
                return (socket, "");
            }
            problems.Add(problem);
            if (running.Count == 0 && next == addresses.Length)
                return (null, string.Join("; ", problems));
        }
    }

    private static async Task<(Socket? Socket, string Problem)> DialAsync(IPAddress address, int port, CancellationToken cancel)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(new IPEndPoint(address, port), cancel);
            return (socket, "");
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or ArgumentException)
        {
            socket?.Dispose();
            return (null, $"{address}: {(error as SocketException)?.SocketErrorCode ?? SocketError.TimedOut}");
        }
    }

    private static async Task CloseAsync(List<Task<(Socket? Socket, string Problem)>> losers)
    {
        foreach (var loser in losers)
            (await loser).Socket?.Dispose();
    }
}
