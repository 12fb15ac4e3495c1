using System.Globalization;
using System.Text;
using System.Text.Json;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Protocols.Tests.Toml;

/// <summary>Every file of toml-test that concerns TOML 1.0.0.</summary>
public class TomlVectorTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "vectors", "toml");

    public static TheoryData<string> Valid => Files("valid/");
    public static TheoryData<string> Invalid => Files("invalid/");

    [Theory]
    [MemberData(nameof(Valid))]
    public void TryRead_ValidFile_YieldsWhatItsJsonSays(string file)
    {
        var read = TomlReader.TryRead(File.ReadAllBytes(Path.Combine(Folder, file)), out var root, out var error);

        Assert.True(read, error?.ToString());
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, Path.ChangeExtension(file, ".json"))));
        AssertEqual(json.RootElement, root!, "");
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public void TryRead_InvalidFile_IsRefusedAtAPlaceInside(string file)
    {
        var octets = File.ReadAllBytes(Path.Combine(Folder, file));

        Assert.False(TomlReader.TryRead(octets, out _, out var error));

        var lines = Encoding.UTF8.GetString(octets).TrimStart('\uFEFF').Split('\n');
        Assert.InRange(error.Line, 1, lines.Length);
        Assert.InRange(error.Column, 1, lines[error.Line - 1].Length + 1);
        Assert.NotEmpty(error.Message);
    }

    [Fact]
    public void Files_OfTheList_AreAllThere()
    {
        Assert.Equal(210, Valid.Count);
        Assert.Equal(499, Invalid.Count);
    }

    private static TheoryData<string> Files(string kind) =>
        [.. File.ReadLines(Path.Combine(Folder, "files-toml-1.0.0")).Where(line => line.StartsWith(kind, StringComparison.Ordinal) && line.EndsWith(".toml", StringComparison.Ordinal))];

    private static void AssertEqual(JsonElement expected, TomlValue actual, string path)
    {
        if (expected.ValueKind == JsonValueKind.Array)
        {
            var array = Assert.IsType<TomlArray>(actual);
            Assert.Equal(expected.GetArrayLength(), array.Items.Count);
            for (var i = 0; i < array.Items.Count; i++)
                AssertEqual(expected[i], array.Items[i], $"{path}[{i}]");
        }
        else if (actual is TomlTable table)
        {
            Assert.Equal(expected.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal), table.Entries.Select(e => e.Key.Name).Order(StringComparer.Ordinal));
            foreach (var entry in table.Entries)
                AssertEqual(expected.GetProperty(entry.Key.Name), entry.Value, $"{path}.{entry.Key.Name}");
        }
        else
            AssertScalar(expected.GetProperty("type").GetString()!, expected.GetProperty("value").GetString()!, actual, path);
    }

    private static void AssertScalar(string type, string value, TomlValue actual, string path)
    {
        var equal = (type, actual) switch
        {
            ("string", TomlString s) => s.Value == value,
            ("integer", TomlInteger i) => i.Value == long.Parse(value, CultureInfo.InvariantCulture),
            ("float", TomlFloat f) => f.Value.Equals(Float(value)),
            ("bool", TomlBoolean b) => b.Value == (value == "true"),
            ("datetime", TomlOffsetDateTime d) => new DateTimeOffset(d.DateTime, d.Offset) == DateTimeOffset.Parse(value, CultureInfo.InvariantCulture),
            ("datetime-local", TomlLocalDateTime d) => d.Value == DateTime.Parse(value, CultureInfo.InvariantCulture),
            ("date-local", TomlLocalDate d) => d.Value == DateOnly.Parse(value, CultureInfo.InvariantCulture),
            ("time-local", TomlLocalTime t) => t.Value == TimeOnly.Parse(value, CultureInfo.InvariantCulture),
            _ => false,
        };
        Assert.True(equal, $"{path} is not the {type} {value} but {actual.TypeName}");
    }

    private static double Float(string value) => value switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        "nan" => double.NaN,
        _ => double.Parse(value, CultureInfo.InvariantCulture),
    };
}
