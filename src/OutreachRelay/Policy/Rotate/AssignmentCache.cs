namespace OutreachRelay.Policy.Rotate;

/// <summary>Which sender a client's recipient is bound to, as far as memory remembers. Bounded: what it forgot, the store says by a conflict.</summary>
/// <remarks>Two generations: when the young one is full it becomes the old one, so that what is used stays and nothing is ever scanned.</remarks>
public sealed class AssignmentCache(int capacity = 65_536)
{
    private readonly Lock _gate = new();
    private Dictionary<(string Client, string Recipient), string> _young = [];
    private Dictionary<(string Client, string Recipient), string> _old = [];

    public string? Find(string client, string recipientKey)
    {
        var key = (client, recipientKey);
        lock (_gate)
        {
            if (_young.TryGetValue(key, out var sender))
                return sender;
            if (!_old.TryGetValue(key, out sender))
                return null;
            AddNeedsLock(key, sender);
            return sender;
        }
    }

    /// <summary>Remembers what is on disk; a <see langword="null"/> sender means that there is no assignment.</summary>
    public void Set(string client, string recipientKey, string? sender)
    {
        var key = (client, recipientKey);
        lock (_gate)
        {
            _old.Remove(key);
            if (sender is null)
                _young.Remove(key);
            else
                AddNeedsLock(key, sender);
        }
    }

    private void AddNeedsLock((string Client, string Recipient) key, string sender)
    {
        if (_young.Count >= capacity / 2)
            (_old, _young) = (_young, []);
        _young[key] = sender;
    }
}
