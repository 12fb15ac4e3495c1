using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>One connection: octets out, replies in, each within a time. What goes wrong on the network is an answer, never an exception.</summary>
/// <remarks>A timeout or a cancelled token closes the socket, which ends whatever waits on it; so no wait needs a token of its own.</remarks>
internal sealed class SmtpClientConnection : IDisposable
{
    private const int InputSize = 4096;

    private readonly Socket _socket;
    private readonly SmtpClientDeadline _deadline;
    private readonly SmtpReplyReader _reader = new();
    // Not from a pool: a session may be closed while a read still has it.
    private readonly byte[] _input = new byte[InputSize];
    private Stream _stream;
    private int _start;
    private int _end;
    private Task<int>? _listening;
    private int _aborted;
    private string _lost = "";
    private bool _disposed;

    public SmtpClientConnection(Socket socket, TimeProvider time)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _deadline = new SmtpClientDeadline(time, () => Abort(SmtpFailureKind.Timeout));
    }

    public bool IsClosed => _disposed || Volatile.Read(ref _aborted) != 0;

    /// <summary>Whether something came that no command asked for: octets behind the last reply, or what was heard while listening.</summary>
    public bool HasInput => _start < _end || _listening is { IsCompleted: true };

    /// <summary>While the result is not disposed of, cancelling the token ends the session.</summary>
    public CancellationTokenRegistration AbortOn(CancellationToken cancel) =>
        cancel.UnsafeRegister(static state => ((SmtpClientConnection)state!).Abort(SmtpFailureKind.Cancelled), this);

    // Ends the session from outside, with the reason that its waits then give.
    private void Abort(SmtpFailureKind reason)
    {
        Interlocked.CompareExchange(ref _aborted, (int)reason, 0);
        _socket.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SmtpClientAnswer> WriteAsync(ReadOnlyMemory<byte> octets, TimeSpan timeout)
    {
        try
        {
            _deadline.Set(timeout);
            await _stream.WriteAsync(octets);
            _deadline.Clear();
            return default;
        }
        catch (Exception error) when (IsNetworkFailure(error))
        {
            return Lost(error);
        }
    }

    /// <summary>The next reply, all of it within <paramref name="timeout"/>. A reply may come after a failed write too.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SmtpClientAnswer> ReadReplyAsync(TimeSpan timeout)
    {
        _deadline.Set(timeout);
        while (true)
        {
            var status = _reader.Read(_input.AsSpan(_start, _end - _start), out var consumed, out var reply);
            _start += consumed;
            if (status != SmtpReplyStatus.Incomplete)
            {
                _deadline.Clear();
                return reply is not null
                    ? new SmtpClientAnswer(reply)
                    : new SmtpClientAnswer(null, SmtpFailureKind.Protocol, "the reply is malformed or has no end");
            }
            _start = _end = 0;
            var read = await (_listening ?? ReadAsync());
            _listening = null;
            if (read <= 0)
                return read == 0 ? Lost("the server closed the connection") : Lost(_lost);
            _end = read;
        }
    }

    /// <summary>Writes one command and reads its reply.</summary>
    public async ValueTask<SmtpClientAnswer> ExchangeAsync(ReadOnlyMemory<byte> command, TimeSpan timeout)
    {
        if (HasInput)
            return await ReadUnaskedAsync(timeout);
        var written = await WriteAsync(command, timeout);
        return written.Failed ? await ReadLastWordAsync(written) : await ReadReplyAsync(timeout);
    }

    /// <summary>What a server said before it stopped to listen; <paramref name="failure"/> when it said nothing that explains it.</summary>
    public async ValueTask<SmtpClientAnswer> ReadLastWordAsync(SmtpClientAnswer failure)
    {
        if (IsClosed)
            return failure;
        // The connection is broken: either the reply is here already or nothing more comes.
        var answer = await ReadReplyAsync(TimeSpan.FromSeconds(5));
        return answer.Reply is { IsPositive: false, Code: >= 400 } ? answer : failure;
    }

    /// <summary>A reply that no command asked for: 421 may come at any time (RFC 5321 §3.8), anything else is out of step.</summary>
    public async ValueTask<SmtpClientAnswer> ReadUnaskedAsync(TimeSpan timeout)
    {
        var answer = await ReadReplyAsync(timeout);
        return answer.Failed || answer.Reply!.Code == 421
            ? answer
            : answer with { Failure = SmtpFailureKind.Protocol, Detail = $"reply {answer.Reply.Code} came without a command" };
    }

    /// <summary>What came behind the last reply already; only before closing.</summary>
    /// <returns>A reply, an empty answer for a part of one, or <see langword="null"/> for nothing.</returns>
    public SmtpClientAnswer? TakeBuffered()
    {
        if (_start == _end)
            return null;
        _reader.Read(_input.AsSpan(_start, _end - _start), out _, out var reply);
        return new SmtpClientAnswer(reply);
    }

    /// <summary>Listens while nothing is expected. The task ends when something has come, for <see cref="ReadReplyAsync"/>, or with the connection.</summary>
    /// <remarks>A read that waits, and not a look at the socket: what TLS has received and not yet handed out would not be seen there.</remarks>
    public Task Listen() => _start < _end ? Task.CompletedTask : _listening ??= ReadAsync();

    /// <summary>Puts TLS on the connection. Octets that came before it are forgotten: they were not protected (RFC 3207 §4.2).</summary>
    public async ValueTask<SmtpClientAnswer> StartTlsAsync(SmtpClientOptions options)
    {
        _start = _end = 0;
        var check = new SmtpClientCertificateCheck(options);
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        try
        {
            _deadline.Set(options.Timeouts.Handshake);
            await tls.AuthenticateAsClientAsync(check.ToAuthenticationOptions());
            _deadline.Clear();
            return default;
        }
        catch (Exception error) when (IsNetworkFailure(error))
        {
            var lost = Lost(error);
            return lost.Failure != SmtpFailureKind.ConnectionLost
                ? lost
                : new SmtpClientAnswer(null, SmtpFailureKind.Tls, check.Problem ?? lost.Detail);
        }
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _deadline.Dispose();
        // The socket first: it ends what still waits on the stream.
        _socket.Dispose();
        _stream.Dispose();
    }

    private async Task<int> ReadAsync()
    {
        try
        {
            return await _stream.ReadAsync(_input);
        }
        catch (Exception error) when (IsNetworkFailure(error))
        {
            _lost = Describe(error);
            return -1;
        }
    }

    private static bool IsNetworkFailure(Exception error) =>
        error is IOException or SocketException or ObjectDisposedException or InvalidOperationException or AuthenticationException
            or OperationCanceledException;

    private static string Describe(Exception error) => (error.InnerException ?? error) switch
    {
        SocketException socket => $"the connection failed: {socket.SocketErrorCode}",
        AuthenticationException or IOException => error.Message,
        _ => "the connection failed",
    };

    private SmtpClientAnswer Lost(Exception error) => Lost(Describe(error));

    private SmtpClientAnswer Lost(string detail)
    {
        _deadline.Clear();
        return (SmtpFailureKind)Volatile.Read(ref _aborted) switch
        {
            SmtpFailureKind.Timeout => new SmtpClientAnswer(null, SmtpFailureKind.Timeout, "the server did not answer in time"),
            SmtpFailureKind.Cancelled => new SmtpClientAnswer(null, SmtpFailureKind.Cancelled, "cancelled"),
            _ => new SmtpClientAnswer(null, SmtpFailureKind.ConnectionLost, detail),
        };
    }
}
