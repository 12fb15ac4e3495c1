using System.Runtime.InteropServices;

namespace OutreachRelay.Protocols.Dns;

/// <summary>Keeps the answers of another resolver, and asks a question only once while its answer is under way. Thread-safe.</summary>
public sealed class DnsCache(IDnsResolver inner, DnsCacheOptions options, TimeProvider time) : IDnsResolver
{
    private readonly record struct Question(string Name, DnsType Type);

    private readonly record struct Entry(Question Question, DnsAnswer Answer, long Kept, TimeSpan Lifetime);

    private readonly Lock _lock = new();
    private readonly Dictionary<Question, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();
    private readonly Dictionary<Question, Task<DnsAnswer>> _underway = [];

    /// <summary>The answers kept at present.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _entries.Count;
        }
    }

    /// <inheritdoc/>
    public ValueTask<DnsAnswer> ResolveAsync(string name, DnsType type, CancellationToken cancel = default)
    {
        var question = new Question(name.TrimEnd('.').ToLowerInvariant(), type);
        Task<DnsAnswer> asked;
        TaskCompletionSource<DnsAnswer>? mine = null;
        lock (_lock)
        {
            if (Find(question) is { } kept)
                return ValueTask.FromResult(kept);
            if (!_underway.TryGetValue(question, out asked!))
            {
                mine = new TaskCompletionSource<DnsAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
                _underway.Add(question, asked = mine.Task);
            }
        }
        if (mine is not null)
            _ = AskAsync(question, mine);
        return new ValueTask<DnsAnswer>(asked.WaitAsync(cancel));
    }

    /// <summary>Forgets every answer.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _entries.Clear();
            _byUse.Clear();
        }
    }

    // Without the caller's token: who gives up waiting must not take the answer from those who wait with it.
    private async Task AskAsync(Question question, TaskCompletionSource<DnsAnswer> asked)
    {
        try
        {
            var answer = await inner.ResolveAsync(question.Name, question.Type, CancellationToken.None);
            lock (_lock)
            {
                _underway.Remove(question);
                Keep(question, answer);
            }
            asked.SetResult(answer);
        }
        catch (Exception error)
        {
            lock (_lock)
                _underway.Remove(question);
            asked.SetException(error);
        }
    }

    private DnsAnswer? Find(Question question)
    {
        if (!_entries.TryGetValue(question, out var node))
            return null;
        _byUse.Remove(node);
        if (time.GetElapsedTime(node.ValueRef.Kept) >= node.ValueRef.Lifetime)
        {
            _entries.Remove(question);
            return null;
        }
        _byUse.AddLast(node);
        return node.ValueRef.Answer;
    }

    private void Keep(Question question, DnsAnswer answer)
    {
        var lifetime = Lifetime(answer);
        if (lifetime <= TimeSpan.Zero || options.MaxEntries <= 0)
            return;
        ref var node = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, question, out var known);
        if (known)
            _byUse.Remove(node!);
        node = _byUse.AddLast(new Entry(question, answer, time.GetTimestamp(), lifetime));
        if (_entries.Count <= options.MaxEntries)
            return;
        _entries.Remove(_byUse.First!.ValueRef.Question);
        _byUse.RemoveFirst();
    }

    private TimeSpan Lifetime(DnsAnswer answer) => answer.Status switch
    {
        DnsStatus.TemporaryError => options.FailureTime,
        DnsStatus.Records => Clamp(answer.TimeToLive, options.MaxTimeToLive),
        _ => Clamp(answer.TimeToLive, options.MaxNegativeTimeToLive),
    };

    private TimeSpan Clamp(TimeSpan timeToLive, TimeSpan max)
    {
        var atLeast = timeToLive < options.MinTimeToLive ? options.MinTimeToLive : timeToLive;
        return atLeast < max ? atLeast : max;
    }
}
