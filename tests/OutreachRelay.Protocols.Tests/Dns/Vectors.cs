using System.Text.Json;

namespace OutreachRelay.Protocols.Tests.Dns;

/// <summary>The rows of a JSON lines file beside the tests.</summary>
internal static class Vectors
{
    public static IEnumerable<JsonElement> Read(string file) =>
        File.ReadLines(Locate(file)).Where(line => line.Length > 0).Select(Parse);

    public static JsonElement ReadWhole(string file) => Parse(File.ReadAllText(Locate(file)));

    private static string Locate(string file) => Path.Combine(AppContext.BaseDirectory, "vectors", file);

    private static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
