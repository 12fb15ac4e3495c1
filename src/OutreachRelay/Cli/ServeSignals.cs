using System.Runtime.InteropServices;

namespace OutreachRelay.Cli;

/// <summary>
/// The signals of <c>serve</c>, held from its first moment to its last. SIGTERM and SIGINT ask for an orderly stop; a second one ends the
/// process where it stands, which the store survives. SIGHUP asks for a reload; one that comes during the start is kept until then.
/// </summary>
internal sealed class ServeSignals : IDisposable
{
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Lock _gate = new();
    private Action? _reload;
    private bool _reloadWaits;

    public ServeSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnStop),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnStop),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangup),
    ];

    /// <summary>Completes when a stop is asked for.</summary>
    public Task StopRequested => _stop.Task;

    public void RequestStop() => _stop.TrySetResult();

    /// <summary>To be called when the relay runs: what SIGHUP does from now on.</summary>
    public void ReloadBy(Action reload)
    {
        lock (_gate)
        {
            _reload = reload;
            if (_reloadWaits)
                reload();
        }
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private void OnStop(PosixSignalContext signal) => signal.Cancel = _stop.TrySetResult();

    private void OnHangup(PosixSignalContext signal)
    {
        signal.Cancel = true;
        lock (_gate)
        {
            _reloadWaits = _reload is null;
            _reload?.Invoke();
        }
    }
}
