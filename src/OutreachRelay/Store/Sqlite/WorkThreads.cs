using System.Threading.Channels;
using System.Threading.Tasks.Sources;

namespace OutreachRelay.Store.Sqlite;

/// <summary>Threads of our own for calls that block (reads, file flushes), fed by one bounded queue, so that no pool thread ever waits for a disk.</summary>
/// <typeparam name="TState">What each thread keeps for itself, such as a connection.</typeparam>
internal sealed class WorkThreads<TState> : IAsyncDisposable where TState : class
{
    private readonly Channel<Work> _queue;
    private readonly TaskCompletionSource[] _ended;

    internal WorkThreads(string name, int count, int capacity, Func<TState> create)
    {
        _queue = Channel.CreateBounded<Work>(new BoundedChannelOptions(capacity) { SingleReader = count == 1 });
        _ended = new TaskCompletionSource[count];
        for (var i = 0; i < count; i++)
        {
            var ended = _ended[i] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() => Run(create, ended)) { IsBackground = true, Name = name }.Start();
        }
    }

    /// <summary>Runs <paramref name="work"/> on one of the threads; what it throws is thrown to the caller.</summary>
    /// <exception cref="StoreUnavailableException">The store is closed.</exception>
    internal ValueTask<T> RunAsync<T>(Func<TState, T> work, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
            return ValueTask.FromCanceled<T>(cancel);
        var item = new Work<T>(work, cancel);
        return _queue.Writer.TryWrite(item) ? item.Answer : WaitAndRunAsync(item, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await Task.WhenAll(_ended.Select(ended => ended.Task));
    }

    private async ValueTask<T> WaitAndRunAsync<T>(Work<T> item, CancellationToken cancel)
    {
        try
        {
            await _queue.Writer.WriteAsync(item, cancel);
        }
        catch (ChannelClosedException error)
        {
            throw new StoreUnavailableException("the store is closed", error);
        }
        return await item.Answer;
    }

    private void Run(Func<TState> create, TaskCompletionSource ended)
    {
        var state = create();
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_queue.Reader.TryRead(out var work))
                work.Run(state);
        }
        (state as IDisposable)?.Dispose();
        ended.SetResult();
    }

    private abstract class Work
    {
        internal abstract void Run(TState state);
    }

    private sealed class Work<T>(Func<TState, T> work, CancellationToken cancel) : Work, IValueTaskSource<T>
    {
        private ManualResetValueTaskSourceCore<T> _promise = new() { RunContinuationsAsynchronously = true };

        internal ValueTask<T> Answer => new(this, _promise.Version);

        internal override void Run(TState state)
        {
            try
            {
                cancel.ThrowIfCancellationRequested();
                _promise.SetResult(work(state));
            }
            catch (Exception error)
            {
                // The caller's, whatever it is: the thread serves others too.
                _promise.SetException(error);
            }
        }

        T IValueTaskSource<T>.GetResult(short token) => _promise.GetResult(token);

        ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _promise.GetStatus(token);

        void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _promise.OnCompleted(continuation, state, token, flags);
    }
}
