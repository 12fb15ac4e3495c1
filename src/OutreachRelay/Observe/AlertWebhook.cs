using System.Diagnostics.Metrics;
using System.Text.Json;
using OutreachRelay.Configuration;

namespace OutreachRelay.Observe;

/// <summary>
/// Keeps the configured webhook informed: of each alert when it is raised and when it is over, and again while it lasts. What the target knows is
/// compared with the book, so that after an outage of whatever length it hears how things are, and nothing is piled up meanwhile.
/// </summary>
public sealed partial class AlertWebhook : IDisposable
{
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(5);

    // Tags: result = delivered | failed.
    private static readonly Counter<long> Requests = RelayMeter.Instance.CreateCounter<long>(
        "outreach_alert_requests", "{request}", "Requests to the alert webhook by result.");

    private readonly AlertBook _book;
    private readonly RelayState _relay;
    private readonly TimeProvider _time;
    private readonly ILogger<AlertWebhook> _logger;
    private readonly JsonPost _post;
    private readonly ToldAlerts _told;
    private readonly WakeSignal _news;
    private Uri? _target;
    private TimeSpan _nextRest = FirstRest;
    private (long From, TimeSpan For) _rest;

    public AlertWebhook(AlertBook book, RelayState relay, TimeProvider time, ILogger<AlertWebhook> logger)
    {
        (_book, _relay, _time, _logger) = (book, relay, time, logger);
        (_post, _told, _news) = (new JsonPost(time), new ToldAlerts(time), new WakeSignal(time));
        book.Changed = Wake;
    }

    /// <summary>The book or the configuration has changed. Returns at once.</summary>
    public void Wake() => _news.Wake();

    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await _news.WaitAsync(await TellAsync(cancel), cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.BrokeOff(_logger, e);
                await Task.Delay(LongestRest, _time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    public void Dispose()
    {
        _post.Dispose();
        _news.Dispose();
    }

    // Goes on until nothing is owed or the target fails; returns how long there is nothing to do unless there are news.
    private async Task<TimeSpan> TellAsync(CancellationToken cancel)
    {
        while (true)
        {
            var model = _relay.Model;
            if (model.Alerts.Webhook is not { } target)
                return Timeout.InfiniteTimeSpan;
            Follow(target);
            var left = _rest.For - _time.GetElapsedTime(_rest.From);
            if (left > TimeSpan.Zero)
                return left;
            if (_told.FindOwed(_book.Active, model.Alerts.Repeat) is not var (alert, isActive))
                return _told.NextRepeat(model.Alerts.Repeat);
            var notice = AlertNotice.Of(alert, isActive, model.Hostname);
            var json = JsonSerializer.SerializeToUtf8Bytes(notice, AlertJson.Default.AlertNotice);
            var failure = (await _post.PostAsync(target, json, header: null, cancel)).Failure;
            _told.Note(alert, isActive, failure is null);
            Settle(target, notice, failure);
        }
    }

    // Another target knows nothing yet, and may work.
    private void Follow(Uri target)
    {
        if (target == _target)
            return;
        _target = target;
        _told.Forget();
        (_nextRest, _rest) = (FirstRest, default);
    }

    private void Settle(Uri target, AlertNotice notice, string? failure)
    {
        Requests.Add(1, new KeyValuePair<string, object?>("result", failure is null ? "delivered" : "failed"));
        if (failure is null)
        {
            _nextRest = FirstRest;
            Log.Told(_logger, target.Host, notice.State, notice.Alert, notice.Subject);
            return;
        }
        Log.NotTold(_logger, target.Host, failure, _nextRest.TotalSeconds);
        _rest = (_time.GetTimestamp(), _nextRest);
        _nextRest = _nextRest * 2 < LongestRest ? _nextRest * 2 : LongestRest;
    }

    private static partial class Log
    {
        [LoggerMessage(6020, LogLevel.Warning, "The alert webhook at {Host} was not told: {Reason}; trying again in {Seconds} s")]
        public static partial void NotTold(ILogger logger, string host, string reason, double seconds);

        [LoggerMessage(6022, LogLevel.Debug, "The alert webhook at {Host} was told: {State} {Alert} {Subject}")]
        public static partial void Told(ILogger logger, string host, string state, string alert, string subject);

        [LoggerMessage(6021, LogLevel.Error, "Telling the alert webhook broke off")]
        public static partial void BrokeOff(ILogger logger, Exception e);
    }
}
