using System.Collections.Concurrent;
using System.Collections.Immutable;
using OutreachRelay.Configuration;

namespace OutreachRelay.Policy.Score.External;

/// <summary>Asks the scorers outside of this process, all at once, each within its time. Their state lives across reloads.</summary>
public sealed partial class ExternalScorers(TimeProvider time, ILogger<ExternalScorers> logger) : IDisposable
{
    // Of one scorer: what is beyond waits, within its time.
    private const int MostAtOnce = 32;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        MaxConnectionsPerServer = MostAtOnce,
        MaxResponseHeadersLength = 16,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly ConcurrentDictionary<string, Peer> _peers = new(StringComparer.Ordinal);

    /// <summary>Asks each scorer. Never throws: what goes wrong is in the answer.</summary>
    public async ValueTask<ImmutableArray<ScorerAnswer>> AskAsync(ImmutableArray<ScorerModel> scorers, ScorerRequest request)
    {
        if (scorers.IsEmpty)
            return [];
        return [.. await Task.WhenAll(scorers.Select(scorer => AskAsync(scorer, request)))];
    }

    public void Dispose() => _http.Dispose();

    private async Task<ScorerAnswer> AskAsync(ScorerModel scorer, ScorerRequest request)
    {
        var peer = _peers.GetOrAdd($"{scorer.Name} {scorer.Address}", _ => new Peer(Open(scorer), new ScorerBreaker(time)));
        if (!peer.Breaker.MayAsk())
            return Fail(scorer, "rests", "it did not answer lately");
        using var timer = new CancellationTokenSource(scorer.Timeout, time);
        var hasTurn = false;
        try
        {
            await peer.Turns.WaitAsync(timer.Token);
            hasTurn = true;
            var reply = await peer.Scorer.AskAsync(request, timer.Token);
            if (peer.Breaker.Succeeded())
                Log.Answers(logger, scorer.Name, scorer.Address.ToString());
            ScoreMetrics.Asked(scorer.Name, "answered");
            return new ScorerAnswer(scorer, reply, null);
        }
        catch (OperationCanceledException)
        {
            return Fail(scorer, peer, "timeout", "no answer in time");
        }
        catch (InvalidDataException e)
        {
            return Fail(scorer, peer, "malformed", e.Message);
        }
        catch (IOException)
        {
            return Fail(scorer, peer, "unreachable", "no connection");
        }
        finally
        {
            if (hasTurn)
                peer.Turns.Release();
        }
    }

    private ScorerAnswer Fail(ScorerModel scorer, Peer peer, string result, string why)
    {
        if (peer.Breaker.Failed())
            Log.Rests(logger, scorer.Name, scorer.Address.ToString(), why, ScorerBreaker.Rest.TotalSeconds);
        return Fail(scorer, result, why);
    }

    private static ScorerAnswer Fail(ScorerModel scorer, string result, string why)
    {
        ScoreMetrics.Asked(scorer.Name, result);
        return new ScorerAnswer(scorer, default, why);
    }

    private IScorer Open(ScorerModel scorer) =>
        scorer.Type == ScorerType.Rspamd ? new RspamdScorer(_http, scorer.Address) : new SpamAssassinScorer(scorer.Address);

    private sealed record Peer(IScorer Scorer, ScorerBreaker Breaker)
    {
        public SemaphoreSlim Turns { get; } = new(MostAtOnce);
    }

    private static partial class Log
    {
        [LoggerMessage(1110, LogLevel.Warning, "The scorer {Name} at {Address} is left alone for {Seconds:0} s at a time: {Why}")]
        public static partial void Rests(ILogger logger, string name, string address, string why, double seconds);

        [LoggerMessage(1111, LogLevel.Information, "The scorer {Name} at {Address} answers again")]
        public static partial void Answers(ILogger logger, string name, string address);
    }
}
