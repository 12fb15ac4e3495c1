using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>What became of a wait for the peer.</summary>
internal enum SmtpServerWait { Ready, Disconnected, TimedOut, Draining, Aborted }

/// <summary>
/// The connection below a session: waits end by a deadline, by drain (between commands only) or by abort, as values and without an
/// allocation per wait; replies are gathered until they are flushed.
/// </summary>
internal sealed class SmtpServerTransport : IDisposable
{
    /// <summary>What the session waits for: it decides which interruption ends the wait.</summary>
    public enum Awaited { Nothing, Command, Content, Flush }

    // A peer that sends commands without a pause gets its replies in portions of this size, and must take them.
    private const int FlushThreshold = 4096;

    // A peer that never pauses keeps no thread for longer than what so many reads bring; a usual message is done before.
    private const int ReadsPerTurn = 16;

    private const long LingerOctets = 16 * 1024 * 1024;
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LastFlushTimeout = TimeSpan.FromSeconds(5);

    private PipeReader _input;
    private PipeWriter _output;
    private readonly TimeSpan _flushTimeout;
    private CancellationToken _drain;
    private CancellationToken _abort;
    private CancellationTokenRegistration _onDrain;
    private CancellationTokenRegistration _onAbort;
    private volatile Awaited _awaited;
    private int _unflushed;
    private int _reads;

    public SmtpServerTransport(IDuplexPipe pipe, TimeProvider time, TimeSpan flushTimeout)
    {
        Pipe = pipe;
        _flushTimeout = flushTimeout;
        Deadline = new SmtpServerDeadline(time, Interrupt);
    }

    public SmtpServerDeadline Deadline { get; }

    /// <summary>The octets below: exchanged when encryption begins, while nothing is awaited.</summary>
    public IDuplexPipe Pipe
    {
        get;
        [MemberNotNull(nameof(_input), nameof(_output))]
        set
        {
            field = value;
            _input = value.Input;
            _output = value.Output;
            IsCompleted = false;
        }
    }

    /// <summary>What was read and not yet advanced over.</summary>
    public ReadOnlySequence<byte> Buffer { get; private set; }

    /// <summary>Whether nothing will follow <see cref="Buffer"/>.</summary>
    public bool IsCompleted { get; private set; }

    public bool MustFlush => _unflushed >= FlushThreshold;

    public CancellationToken Abort => _abort;

    public void Start(CancellationToken drain, CancellationToken abort)
    {
        _drain = drain;
        _abort = abort;
        _onDrain = drain.UnsafeRegister(static state => ((SmtpServerTransport)state!).InterruptCommand(), this);
        _onAbort = abort.UnsafeRegister(static state => ((SmtpServerTransport)state!).Interrupt(), this);
    }

    /// <summary>Takes what has arrived already, without waiting.</summary>
    public SmtpServerWait TryRead(Awaited awaited, out bool hasRead)
    {
        hasRead = false;
        if (Interruption(awaited) is not SmtpServerWait.Ready and var interruption)
            return interruption;
        try
        {
            hasRead = _input.TryRead(out var result) && Take(result);
            return SmtpServerWait.Ready;
        }
        catch (Exception e) when (IsDisconnect(e))
        {
            return SmtpServerWait.Disconnected;
        }
    }

    /// <summary>Waits until more has arrived than was examined, or nothing will. Advancing must follow when it is ready.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SmtpServerWait> ReadAsync(Awaited awaited, long deadline)
    {
        try
        {
            if (Announce(awaited) is not SmtpServerWait.Ready and var early)
                return early;
            var read = _input.ReadAsync(CancellationToken.None);
            if (!read.IsCompleted)
                Deadline.Set(deadline);
            var result = await read;
            // The transport goes on with the session where octets arrive, for as long as they do.
            if (++_reads % ReadsPerTurn == 0)
                await Task.Yield();
            var interruption = result.IsCanceled ? Interruption(awaited) : SmtpServerWait.Ready;
            if (interruption == SmtpServerWait.Ready)
                Take(result);
            else
                _input.AdvanceTo(result.Buffer.Start);
            return interruption;
        }
        catch (Exception e) when (IsDisconnect(e))
        {
            return SmtpServerWait.Disconnected;
        }
        finally
        {
            Conclude();
        }
    }

    public void Advance(SequencePosition consumed) => Advance(consumed, consumed);

    public void Advance(SequencePosition consumed, SequencePosition examined)
    {
        Buffer = default;
        _input.AdvanceTo(consumed, examined);
    }

    /// <summary>Drops what has arrived and was not consumed.</summary>
    public void DropInput()
    {
        if (TryRead(Awaited.Nothing, out var hasRead) == SmtpServerWait.Ready && hasRead)
            Advance(Buffer.End);
    }

    public void Write(SmtpReply reply) => _unflushed += SmtpServerReplyWriter.Write(_output, reply);

    public ValueTask<SmtpServerWait> FlushAsync() => _unflushed == 0 ? new(SmtpServerWait.Ready) : FlushGatheredAsync(_flushTimeout);

    /// <summary>Sends what is gathered when the session is over: best effort, and after an abort without waiting.</summary>
    public async ValueTask FlushLastAsync()
    {
        if (!_abort.IsCancellationRequested)
        {
            await FlushGatheredAsync(LastFlushTimeout);
            return;
        }
        try
        {
            var flush = _output.FlushAsync(CancellationToken.None);
            if (!flush.IsCompleted)
                _output.CancelPendingFlush();
            await flush;
        }
        catch (Exception e) when (IsDisconnect(e))
        {
            // The peer is gone, which is how this ends anyway.
        }
    }

    /// <summary>Reads and drops what the peer still sends, for a while: closing with unread input would reset the connection and lose the last reply.</summary>
    public async ValueTask LingerAsync()
    {
        var deadline = Deadline.After(Deadline.Now, LingerTime);
        for (var left = LingerOctets; left > 0;)
        {
            if (await ReadAsync(Awaited.Content, deadline) != SmtpServerWait.Ready)
                return;
            left -= Buffer.Length;
            Advance(Buffer.End);
            if (IsCompleted)
                return;
        }
    }

    public void Dispose()
    {
        _onDrain.Dispose();
        _onAbort.Dispose();
        Deadline.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpServerWait> FlushGatheredAsync(TimeSpan timeout)
    {
        try
        {
            if (Announce(Awaited.Flush) is not SmtpServerWait.Ready and var early)
                return early;
            _unflushed = 0;
            var flush = _output.FlushAsync(CancellationToken.None);
            if (!flush.IsCompleted)
                Deadline.Set(Deadline.After(Deadline.Now, timeout));
            var result = await flush;
            return result.IsCompleted ? SmtpServerWait.Disconnected
                : result.IsCanceled ? Interruption(Awaited.Flush)
                : SmtpServerWait.Ready;
        }
        catch (Exception e) when (IsDisconnect(e))
        {
            return SmtpServerWait.Disconnected;
        }
        finally
        {
            Conclude();
        }
    }

    private bool Take(ReadResult result)
    {
        Buffer = result.Buffer;
        IsCompleted = result.IsCompleted;
        return true;
    }

    // The order matters: first it is visible what is awaited, then the tokens are looked at. An interruption that comes in between cancels
    // the wait that is about to begin; one that comes late cancels a later wait, which finds no reason and goes on.
    private SmtpServerWait Announce(Awaited awaited)
    {
        _awaited = awaited;
        Interlocked.MemoryBarrier();
        return Interruption(awaited);
    }

    private void Conclude()
    {
        _awaited = Awaited.Nothing;
        Deadline.Clear();
    }

    private SmtpServerWait Interruption(Awaited awaited) =>
        _abort.IsCancellationRequested ? SmtpServerWait.Aborted
        : Deadline.HasPassed ? SmtpServerWait.TimedOut
        : awaited == Awaited.Command && _drain.IsCancellationRequested ? SmtpServerWait.Draining
        : SmtpServerWait.Ready;

    private void InterruptCommand()
    {
        if (_awaited == Awaited.Command)
            _input.CancelPendingRead();
    }

    private void Interrupt()
    {
        if (_awaited == Awaited.Flush)
            _output.CancelPendingFlush();
        else if (_awaited != Awaited.Nothing)
            _input.CancelPendingRead();
    }

    // A reset, a transport that was aborted by its owner, or one that was closed under us.
    private static bool IsDisconnect(Exception e) =>
        e is IOException or SocketException or OperationCanceledException or ObjectDisposedException;
}
