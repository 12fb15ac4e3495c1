using System.Collections.Immutable;
using OutreachRelay.Configuration;
using OutreachRelay.Policy.Score.External;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Policy.Score;

/// <summary>A message that is to be scored.</summary>
/// <param name="Content">The original, or at least its first 256 KiB.</param>
/// <param name="IsWhole">Whether nothing is missing behind <paramref name="Content"/>.</param>
public sealed record ScoreRequest(
    ScoreModel Model, string Client, string Direction, ReadOnlyMemory<byte> Content, bool IsWhole, string ReversePath, IReadOnlyList<string> Recipients)
{
    /// <summary>Whether the relay adds <c>List-Unsubscribe</c> before the message leaves.</summary>
    public bool AddsUnsubscribe { get; init; }
}

/// <summary>Scores messages before they are accepted: copies of a template once, and no more at a time than there are processors.</summary>
public sealed partial class ContentScorer(ExternalScorers external, TimeProvider time, ILogger<ContentScorer> logger)
{
    // Rules change with a reload, and with them the scores.
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _turns = new(Environment.ProcessorCount);
    private (ScoreModel Model, ScoreCache Cache)? _cached;

    /// <summary>Scores a message and decides on it. Never throws: where scoring itself fails, which is an error of ours, the message goes on.</summary>
    public async ValueTask<ScoreVerdict> ScoreAsync(ScoreRequest request)
    {
        var started = time.GetTimestamp();
        ScoreVerdict verdict;
        try
        {
            verdict = await FindAsync(request);
        }
        catch (Exception e)
        {
            Log.Failed(logger, e);
            return new ScoreVerdict(ScoreAction.Accept, 0, [], "");
        }
        ScoreMetrics.Scored(request.Client, request.Direction, verdict, time.GetElapsedTime(started));
        return verdict;
    }

    private async ValueTask<ScoreVerdict> FindAsync(ScoreRequest request)
    {
        // What is cut off may differ where nobody looks.
        if (!request.IsWhole || !HeaderSection.TryRead(request.Content, HeaderLimits.Default, out var header, out _))
            return await ComputeAsync(request);
        var scope = $"{request.Client}\0{request.AddsUnsubscribe}";
        var (verdict, wasKnown) = await CacheOf(request.Model).GetAsync(ContentKey.Of(request.Content, header, scope), () => ComputeAsync(request));
        ScoreMetrics.LookedUp(wasKnown);
        return verdict;
    }

    private async ValueTask<ScoreVerdict> ComputeAsync(ScoreRequest request)
    {
        ContentScore builtIn;
        await _turns.WaitAsync();
        try
        {
            builtIn = request.Model.Rules.Score(request.Content, request.IsWhole, request.AddsUnsubscribe) ?? ContentScore.None;
        }
        finally
        {
            _turns.Release();
        }
        // They want the whole message, and large ones take them long.
        var answers = request.IsWhole
            ? await external.AskAsync(request.Model.External, new ScorerRequest(request.Content, request.ReversePath, request.Recipients, request.Client))
            : ImmutableArray<ScorerAnswer>.Empty;
        return ScoreVerdict.Decide(request.Model, new ScoredContent(builtIn, answers));
    }

    private ScoreCache CacheOf(ScoreModel model)
    {
        lock (_gate)
        {
            if (_cached is not { } cached || !ReferenceEquals(cached.Model, model))
                _cached = cached = (model, new ScoreCache(time));
            return cached.Cache;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1100, LogLevel.Error, "A message could not be scored")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
