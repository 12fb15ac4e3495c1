using OutreachRelay.Configuration.Reading;
using OutreachRelay.Configuration.Resolving;
using OutreachRelay.Protocols.Toml;

namespace OutreachRelay.Configuration;

/// <summary>Loads a configuration: file → <c>*Config</c> records → <see cref="RelayModel"/>.</summary>
public static class ConfigurationLoader
{
    /// <summary>Reads the file and everything it names. Bad input of any kind is told in the result; nothing is thrown for it.</summary>
    /// <param name="path">The TOML file; messages name it as given here. Paths inside are relative to it.</param>
    /// <param name="environment">Yields a variable of the environment or <see langword="null"/>; by default the process's.</param>
    /// <param name="time">Tells whether a certificate is in force; by default the system's.</param>
    public static LoadedConfiguration Load(string path, Func<string, string?>? environment = null, TimeProvider? time = null)
    {
        var problems = new ProblemList(path);
        var model = Load(path, environment ?? Environment.GetEnvironmentVariable, problems, time ?? TimeProvider.System);
        return new LoadedConfiguration { Model = problems.HasErrors ? null : model, Problems = problems.ToSorted() };
    }

    private static RelayModel? Load(string path, Func<string, string?> environment, ProblemList problems, TimeProvider time)
    {
        if (path.Length == 0 || path.Contains('\0'))
        {
            problems.Error(new Place(path, 1, 1, ""), "expected the path of a configuration file");
            return null;
        }
        if (!BoundedFile.TryRead(path, TomlReader.MaxLength, out var content, out var reason))
        {
            problems.Error(new Place(path, 1, 1, ""), $"the file {reason}");
            return null;
        }
        if (!TomlReader.TryRead(content, out var root, out var error))
        {
            problems.Error(new Place(path, error.Line, error.Column, ""), error.Message);
            return null;
        }
        // A reload should see time zone data that was updated meanwhile.
        TimeZoneInfo.ClearCachedData();
        var file = FileConfig.Read(root, path, problems);
        using var digest = new ModelDigest();
        digest.AddFile(content);
        var resolution = new Resolution(Path.GetDirectoryName(path) ?? "", environment, problems, digest, time);
        return RelayResolver.Resolve(file, Path.GetFullPath(path), resolution);
    }
}
