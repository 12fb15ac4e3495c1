namespace OutreachRelay.Deliver.Upstreams;

/// <summary>The circuit of an upstream: whether mail goes there.</summary>
public enum CircuitState
{
    /// <summary>Attempts go there.</summary>
    Closed,

    /// <summary>Nothing goes there but probes.</summary>
    Open,

    /// <summary>One attempt is let through; its outcome decides.</summary>
    HalfOpen,
}
