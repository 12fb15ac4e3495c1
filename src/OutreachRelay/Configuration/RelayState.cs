namespace OutreachRelay.Configuration;

/// <summary>The model in force, and how the last reload went. One per process.</summary>
public sealed class RelayState(RelayModel model, TimeProvider time)
{
    private volatile RelayModel _model = model;
    private volatile ReloadResult? _lastReload;

    /// <summary>The model in force. A message or an attempt reads it once and ends on what it read.</summary>
    public RelayModel Model => _model;

    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    /// <summary>How the last reload went, or <see langword="null"/> before the first.</summary>
    public ReloadResult? LastReload => _lastReload;

    /// <summary>Whether the process is stopping: nothing new is begun.</summary>
    public bool IsDraining { get; set; }

    /// <summary>Puts a model in force: one write, all or nothing.</summary>
    public void Replace(RelayModel next)
    {
        _model = next;
        _lastReload = new ReloadResult(true, time.GetUtcNow(), "");
    }

    /// <summary>Notes that a reload was refused and the model in force stays.</summary>
    public void Refuse(string reason) => _lastReload = new ReloadResult(false, time.GetUtcNow(), reason);
}

/// <param name="Message">Empty on success; otherwise the first error.</param>
public sealed record ReloadResult(bool Succeeded, DateTimeOffset At, string Message);
