using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>The server's end of TLS over another transport: from the first octet (RFC 8314 §3.3) or after STARTTLS (RFC 3207).</summary>
public sealed class SmtpServerTls : IDuplexPipe, IAsyncDisposable
{
    // One record of TLS (RFC 8446 §5.1).
    private const int BufferSize = 16 * 1024;

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);
    private static readonly StreamPipeReaderOptions ReaderOptions = new(bufferSize: BufferSize, leaveOpen: true, useZeroByteReads: true);
    private static readonly StreamPipeWriterOptions WriterOptions = new(leaveOpen: true);

    private readonly SslStream _stream;
    private readonly TimeProvider _time;

    private SmtpServerTls(SslStream stream, TimeProvider time)
    {
        _stream = stream;
        _time = time;
        Input = PipeReader.Create(stream, ReaderOptions);
        Output = PipeWriter.Create(stream, WriterOptions);
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Shakes hands. A peer that fails, hangs up or is too slow is a value.</summary>
    /// <param name="transport">Nobody reads or writes it any more; it is left open.</param>
    /// <param name="timeout">For the whole handshake.</param>
    /// <returns>The encrypted transport, or <see langword="null"/> and the reason, which may quote the TLS library.</returns>
    public static async Task<(SmtpServerTls? Transport, string Failure)> AcceptAsync(
        IDuplexPipe transport, SslServerAuthenticationOptions options, TimeSpan timeout, TimeProvider time, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        var stream = new SslStream(new DuplexPipeStream(transport), leaveInnerStreamOpen: true);
        try
        {
            await stream.AuthenticateAsServerAsync(options, either.Token);
            return (new SmtpServerTls(stream, time), "");
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            await stream.DisposeAsync();
            return (null, deadline.IsCancellationRequested ? "timed out" : (e.InnerException ?? e).Message);
        }
    }

    /// <summary>Says that nothing follows (RFC 8446 §6.1), as far as the peer takes it, and frees the keys. The transport below stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _stream.ShutdownAsync().WaitAsync(CloseTimeout, _time);
        }
        catch (Exception e) when (e is IOException or TimeoutException or InvalidOperationException or OperationCanceledException)
        {
            // The peer is gone, does not read, or a write of ours was cut off: then there is nobody to tell.
        }
        finally
        {
            await Input.CompleteAsync();
            // With a reason it drops replies that the peer did not take: none may follow the alert above, and to write them now would throw.
            await Output.CompleteAsync(new IOException("The peer did not take it."));
            await _stream.DisposeAsync();
        }
    }
}
