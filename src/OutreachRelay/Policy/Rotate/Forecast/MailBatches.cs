namespace OutreachRelay.Policy.Rotate.Forecast;

/// <summary>Waiting mail of one kind.</summary>
internal sealed class MailBatch(DateOnly from, DateOnly expires, long count)
{
    public DateOnly From { get; } = from;

    /// <summary>The last date on which it may leave.</summary>
    public DateOnly Expires { get; } = expires;

    public long Count { get; set; } = count;
}

/// <summary>Waiting mail in the order in which it came.</summary>
internal sealed class MailBatches
{
    private readonly LinkedList<MailBatch> _batches = [];

    /// <summary>All of it, mail of later dates included.</summary>
    public long Count { get; private set; }

    public void Add(MailBatch batch)
    {
        if (batch.Count == 0)
            return;
        _batches.AddLast(batch);
        Count += batch.Count;
    }

    /// <summary>What may leave on a date.</summary>
    public long CountOn(DateOnly date) => _batches.Where(batch => batch.From <= date).Sum(static batch => batch.Count);

    /// <summary>Takes mail away that may leave on a date, the oldest first.</summary>
    /// <param name="count">At most <see cref="CountOn"/>.</param>
    public void Take(DateOnly date, long count)
    {
        Count -= count;
        for (var node = _batches.First; node is not null && count > 0;)
        {
            var next = node.Next;
            if (node.Value.From <= date)
            {
                var taken = Math.Min(count, node.Value.Count);
                count -= taken;
                if ((node.Value.Count -= taken) == 0)
                    _batches.Remove(node);
            }
            node = next;
        }
    }

    /// <summary>Ends what cannot leave on a date any more.</summary>
    /// <returns>How much that was.</returns>
    public long Expire(DateOnly date)
    {
        var expired = 0L;
        for (var node = _batches.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.Expires < date)
            {
                expired += node.Value.Count;
                _batches.Remove(node);
            }
            node = next;
        }
        Count -= expired;
        return expired;
    }

    /// <summary>Moves all of it to others.</summary>
    public void MoveTo(MailBatches others)
    {
        foreach (var batch in _batches)
            others.Add(batch);
        _batches.Clear();
        Count = 0;
    }
}
