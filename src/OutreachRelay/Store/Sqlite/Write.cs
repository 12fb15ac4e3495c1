using System.Threading.Tasks.Sources;

namespace OutreachRelay.Store.Sqlite;

/// <summary>One caller's write, as it passes through the writer's group commit.</summary>
/// <remarks>
/// There is one writer, so a write first checks all it depends on and then changes rows: a refused write has changed nothing and needs no
/// savepoint. Only what no check can foresee undoes a group, which then runs again without the write that failed: <see cref="Apply"/>
/// may be called twice.
/// </remarks>
internal abstract class Write
{
    /// <summary>Octets that it keeps in memory, for the bound of a group.</summary>
    internal virtual int Size => 0;

    /// <summary>It begins something new, so it is refused while the disk is nearly full; what ends something is not.</summary>
    internal virtual bool Begins => false;

    /// <summary>Its caller has the answer already.</summary>
    internal bool Answered { get; private protected set; }

    /// <summary>Checks and writes within the open transaction.</summary>
    internal abstract void Apply(WriteSession session);

    /// <summary>The commit stands; comes before the counters are told.</summary>
    internal virtual void Committed()
    {
    }

    /// <summary>Answers after the commit.</summary>
    internal abstract void Publish(WriteSession session);

    /// <summary>Answers that nothing was written.</summary>
    internal abstract void Refuse(StoreHealth health);

    /// <summary>Answers with an exception: the write itself cannot be done.</summary>
    internal abstract void Fault(Exception error);

    /// <summary>After a commit whose outcome is unknown, in the first transaction after reopening: undoes what the caller was told had not happened.</summary>
    internal virtual void Reconcile(WriteSession session)
    {
    }
}

/// <summary>A write that answers with a <typeparamref name="T"/>; it is awaited once.</summary>
internal abstract class Write<T> : Write, IValueTaskSource<T>
{
    private ManualResetValueTaskSourceCore<T> _promise = new() { RunContinuationsAsynchronously = true };

    internal ValueTask<T> Answer => new(this, _promise.Version);

    internal sealed override void Fault(Exception error)
    {
        if (Answered)
            return;
        Answered = true;
        _promise.SetException(error);
    }

    T IValueTaskSource<T>.GetResult(short token) => _promise.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _promise.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _promise.OnCompleted(continuation, state, token, flags);

    protected void Complete(T answer)
    {
        if (Answered)
            return;
        Answered = true;
        _promise.SetResult(answer);
    }
}
