using System.Collections.Immutable;

namespace OutreachRelay.Observe;

/// <summary>What the webhook's target knows of the alerts, and so what it is owed. Bounded. For one thread.</summary>
internal sealed class ToldAlerts(TimeProvider time)
{
    // Alerts that are active, and as many that are over and not yet said to be.
    private const int Capacity = 2 * AlertBook.Capacity;

    private readonly Dictionary<(AlertName Name, string Subject), Told> _told = [];

    /// <summary>The next thing to say: of all, the one that was not tried for the longest time, so that one which the target chokes on does not stop the others.</summary>
    /// <param name="repeat">How often an alert that lasts is said again.</param>
    /// <returns>The alert and whether it is active, or <see langword="null"/> when the target knows all.</returns>
    public (Alert Alert, bool IsActive)? FindOwed(ImmutableArray<Alert> active, TimeSpan repeat)
    {
        var keys = active.Select(Key).ToHashSet();
        var over = _told.Values.Where(told => !keys.Contains(Key(told.Alert))).Select(static told => new Owed(told.Alert, false, told.At));
        var lasting = active.Where(alert => IsOwed(alert, repeat)).Select(alert => new Owed(alert, true, _told.GetValueOrDefault(Key(alert))?.At ?? 0));
        return over.Concat(lasting).MinBy(static owed => owed.At) is { } next ? (next.Alert, next.IsActive) : null;
    }

    /// <summary>Notes that the target was told, or that this failed: it may have heard it all the same, and so the end is owed too.</summary>
    public void Note(Alert alert, bool isActive, bool delivered)
    {
        if (delivered && !isActive)
            _told.Remove(Key(alert));
        else
            _told[Key(alert)] = new Told(alert, delivered, time.GetTimestamp());
    }

    /// <summary>How long it is, when nothing is owed, until something is to be repeated; infinite when nothing is.</summary>
    public TimeSpan NextRepeat(TimeSpan repeat)
    {
        if (_told.Count == 0)
            return Timeout.InfiniteTimeSpan;
        var left = repeat - time.GetElapsedTime(_told.Values.Min(static told => told.At));
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Begins anew, with a target that knows nothing.</summary>
    public void Forget() => _told.Clear();

    private bool IsOwed(Alert alert, TimeSpan repeat) => _told.TryGetValue(Key(alert), out var told)
        ? !told.Delivered || told.Alert.Since != alert.Since || time.GetElapsedTime(told.At) >= repeat
        : _told.Count < Capacity;

    private static (AlertName Name, string Subject) Key(Alert alert) => (alert.Name, alert.Subject);

    /// <param name="Alert">As it was told last.</param>
    /// <param name="Delivered">Whether the target took it, as active.</param>
    /// <param name="At">When it was last tried, on the monotonic clock.</param>
    private sealed record Told(Alert Alert, bool Delivered, long At);

    private sealed record Owed(Alert Alert, bool IsActive, long At);
}
