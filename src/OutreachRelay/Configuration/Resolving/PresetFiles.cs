using System.Security.Cryptography;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>The presets that the configuration names: <c>presets/NAME.toml</c> in the folder of rule data. Each is read once.</summary>
internal sealed class PresetFiles(string folder, Resolution resolution)
{
    private const int LargestFile = 64 << 10;

    private readonly string _folder = Path.Combine(folder, "presets");
    private readonly Dictionary<string, (PresetConfig Config, string Digest)?> _read = new(StringComparer.Ordinal);

    /// <summary>The preset of a name; one that is missing or wrong is reported.</summary>
    public (PresetConfig Config, string Digest)? Find(Setting<string> name)
    {
        if (!_read.TryGetValue(name.Value, out var preset))
            _read[name.Value] = preset = Read(name);
        return preset;
    }

    private (PresetConfig Config, string Digest)? Read(Setting<string> name)
    {
        var problems = resolution.Problems;
        var path = Path.Combine(_folder, name.Value + ".toml");
        if (!File.Exists(path))
        {
            problems.Error(name.Place, Missing(name.Value));
            return null;
        }
        if (!BoundedFile.TryRead(path, LargestFile, out var content, out var reason))
        {
            problems.Error(name.Place, $"the file {Shown.Text(path)} {reason}");
            return null;
        }
        resolution.Digest.AddFile(content);
        if (!TomlReader.TryRead(content, out var root, out var error))
        {
            problems.Error(new Place(path, error.Line, error.Column, ""), error.Message);
            return null;
        }
        var config = PresetConfig.Read(new SectionReader(root, KnownKeys.Preset, new Place(path, 1, 1, ""), problems));
        return problems.HasErrorIn(path) ? null : (config, Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    private string Missing(string name)
    {
        var found = Names();
        return found.Length == 0
            ? $"there is no preset '{name}': {_folder} holds none; relay.conf_dir names the folder of the program's data"
            : $"there is no preset '{name}'{Suggestion.For(name, found)} {_folder} has: {string.Join(", ", found)}";
    }

    private string[] Names()
    {
        try
        {
            return [.. Directory.EnumerateFiles(_folder, "*.toml").Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
