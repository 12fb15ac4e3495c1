using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OutreachRelay.Policy.Score;

/// <summary>Findings as the store keeps them.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ImmutableArray<ScoreFinding>))]
internal sealed partial class ScoreJson : JsonSerializerContext
{
    public static string Write(ImmutableArray<ScoreFinding> findings) =>
        findings.IsEmpty ? "[]" : JsonSerializer.Serialize(findings, Default.ImmutableArrayScoreFinding);

    public static ImmutableArray<ScoreFinding> Read(string json) => JsonSerializer.Deserialize(json, Default.ImmutableArrayScoreFinding);
}
