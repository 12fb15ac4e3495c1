using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace OutreachRelay.Observe;

/// <summary>The alerts that are active, at most <see cref="Capacity"/> and one that says there are more. Thread-safe.</summary>
/// <remarks>
/// An alert leaves by the log, by a metric, by the status and by the webhook, never as mail: a queue that stands cannot carry the news that
/// it stands.
/// </remarks>
public sealed partial class AlertBook
{
    public const int Capacity = 200;

    private const int LongestText = 500;

    private readonly TimeProvider _time;
    private readonly ILogger<AlertBook> _logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<(AlertName Name, string Subject), Alert> _active = [];

    public AlertBook(Meter meter, TimeProvider time, ILogger<AlertBook> logger)
    {
        (_time, _logger) = (time, logger);
        // Tags: alert = a word of AlertName; each has a series, so that a rule can tell 0 from a name that is not there.
        meter.CreateObservableGauge("outreach_alerts", Count, "{alert}", "Active alerts by name.");
    }

    /// <summary>Told that an alert was raised or cleared. Set once, before the first; it returns at once and does not throw.</summary>
    public Action Changed { get; set; } = static () => { };

    /// <summary>The active alerts, the oldest first.</summary>
    public ImmutableArray<Alert> Active
    {
        get
        {
            lock (_gate)
                return [.. _active.Values.OrderBy(static alert => alert.Since).ThenBy(static alert => alert.Name).ThenBy(static alert => alert.Subject, StringComparer.Ordinal)];
        }
    }

    /// <summary>Notes that something is wrong. What is noted already stays as it is, but for its text; so a condition may be told again and again.</summary>
    /// <param name="subject">See <see cref="Alert.Subject"/>; not untrusted.</param>
    /// <param name="text">See <see cref="Alert.Text"/>; it may hold remote text as it came.</param>
    public void Raise(AlertName name, string subject, string text)
    {
        var alert = new Alert(name, subject, VisibleText.Escape(text, LongestText), _time.GetUtcNow());
        lock (_gate)
        {
            if (_active.TryGetValue((name, subject), out var known))
            {
                _active[(name, subject)] = known with { Text = alert.Text };
                return;
            }
            if (_active.Count >= Capacity)
                alert = new Alert(AlertName.TooManyAlerts, "", $"there are more than {Capacity} alerts; the others are not told of", alert.Since);
            if (!_active.TryAdd((alert.Name, alert.Subject), alert))
                return;
        }
        Log.Raised(_logger, alert.Name.Word(), alert.Subject, alert.Text);
        Changed();
    }

    /// <summary>Notes that it is over.</summary>
    public void Clear(AlertName name, string subject)
    {
        lock (_gate)
        {
            if (!_active.Remove((name, subject)))
                return;
            // With room for many again; at the very edge it would come and go. It is one of those that are counted.
            if (_active.Count <= Capacity / 2 + 1 && _active.Remove((AlertName.TooManyAlerts, "")))
                Log.Cleared(_logger, AlertName.TooManyAlerts.Word(), "");
        }
        Log.Cleared(_logger, name.Word(), subject);
        Changed();
    }

    private IEnumerable<Measurement<int>> Count()
    {
        var counts = new int[AlertNames.All.Count];
        lock (_gate)
        {
            foreach (var (name, _) in _active.Keys)
                counts[(int)name]++;
        }
        return AlertNames.All.Select(name => new Measurement<int>(counts[(int)name], new KeyValuePair<string, object?>("alert", name.Word())));
    }

    private static partial class Log
    {
        [LoggerMessage(6000, LogLevel.Error, "Alert {Alert} {Subject}: {Text}")]
        public static partial void Raised(ILogger logger, string alert, string subject, string text);

        [LoggerMessage(6001, LogLevel.Information, "Alert {Alert} {Subject} is over")]
        public static partial void Cleared(ILogger logger, string alert, string subject);
    }
}
