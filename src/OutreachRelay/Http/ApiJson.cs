using System.Text.Json;
using System.Text.Json.Serialization;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Explaining;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Observe;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Policy.Rotate;
using OutreachRelay.Policy.Rotate.Forecast;
using OutreachRelay.Store;

namespace OutreachRelay.Http;

/// <summary>The API's JSON: names and words in snake_case, times in RFC 3339.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(WordConverter<EntryState>), typeof(WordConverter<AttemptStage>), typeof(WordConverter<ActionOutcome>),
        typeof(WordConverter<StoreEventKind>), typeof(WordConverter<OutcomeKind>), typeof(WordConverter<StoreStatus>), typeof(WordConverter<CircuitState>),
        typeof(WordConverter<SenderStatus>), typeof(WordConverter<GateState>),
        typeof(WordConverter<AlertName>), typeof(WordConverter<AlertSeverity>),
        typeof(WordConverter<WaitKind>), typeof(WordConverter<SenderChoice>), typeof(WordConverter<UpstreamObstacle>), typeof(WordConverter<SenderObstacle>),
        typeof(WordConverter<ForecastLimitKind>), typeof(WordConverter<PreflightMode>), typeof(WordConverter<PreflightVerdict>),
        typeof(WordConverter<PreflightKind>), typeof(WordConverter<PreflightStanding>),
        typeof(WordConverter<SuppressionReason>), typeof(WordConverter<RowOutcome>), typeof(WordConverter<UnsuppressOutcome>),
        typeof(WordConverter<BounceClass>), typeof(WordConverter<TakenAs>)])]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(ReadinessReport))]
[JsonSerializable(typeof(EntryPage))]
[JsonSerializable(typeof(EntryDetail))]
[JsonSerializable(typeof(ExplanationReport[]))]
[JsonSerializable(typeof(ForecastDay))]
[JsonSerializable(typeof(ForecastDay[]))]
[JsonSerializable(typeof(EventPage))]
[JsonSerializable(typeof(EventReport))]
[JsonSerializable(typeof(ActionRequest))]
[JsonSerializable(typeof(ActionReply))]
[JsonSerializable(typeof(ActionReport[]))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(HoldRequest))]
[JsonSerializable(typeof(HoldList))]
[JsonSerializable(typeof(HoldReport[]))]
[JsonSerializable(typeof(SenderPage))]
[JsonSerializable(typeof(SenderDetail))]
[JsonSerializable(typeof(PauseRequest))]
[JsonSerializable(typeof(PauseReply))]
[JsonSerializable(typeof(PreflightPage))]
[JsonSerializable(typeof(PreflightRequest))]
[JsonSerializable(typeof(SuppressionPage))]
[JsonSerializable(typeof(SuppressionRequest))]
[JsonSerializable(typeof(SuppressionReply))]
[JsonSerializable(typeof(UnsuppressRequest))]
[JsonSerializable(typeof(UnsuppressReply))]
[JsonSerializable(typeof(ImportSummary))]
[JsonSerializable(typeof(TakenReply))]
[JsonSerializable(typeof(UntoldList))]
[JsonSerializable(typeof(UntoldReport[]))]
[JsonSerializable(typeof(UntoldRequest))]
[JsonSerializable(typeof(UntoldReply))]
[JsonSerializable(typeof(ErasureRequest))]
[JsonSerializable(typeof(ErasureReply))]
[JsonSerializable(typeof(ApiProblem))]
public sealed partial class ApiJson : JsonSerializerContext;

/// <summary>Writes an enumeration as a word: <c>in_doubt</c>.</summary>
public sealed class WordConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>An error (RFC 9457); its <c>type</c> is <c>about:blank</c> and so left out.</summary>
/// <param name="Title">The status code in words.</param>
/// <param name="Detail">What is wrong with this request; never holds what the server alone should know.</param>
public sealed record ApiProblem(string Title, int Status, string Detail);
