namespace OutreachRelay.Cli;

/// <summary>
/// Paths of the table <c>[relay]</c>, read line by line from a configuration that has errors or secrets that are not at hand: a relay may well run
/// on the version before the last edit, and with the environment of its unit.
/// </summary>
internal static class RelayTable
{
    private const int MaxLines = 10_000;

    /// <summary>Looks for <c>admin_socket</c> and <c>data_dir</c>.</summary>
    /// <param name="configurationPath">Relative paths in the file are relative to it.</param>
    /// <returns>An absolute path, or <see langword="null"/> when the file cannot be read.</returns>
    public static string? FindSocket(string configurationPath)
    {
        if (Read(configurationPath) is not { } settings)
            return null;
        var data = settings.GetValueOrDefault("data_dir", "data");
        return FullPath(configurationPath, settings.GetValueOrDefault("admin_socket", Path.Combine(data, "admin.sock")));
    }

    /// <summary>Looks for <c>conf_dir</c>.</summary>
    /// <returns>An absolute path, or <see langword="null"/> when the file cannot be read or does not say.</returns>
    public static string? FindConfDir(string configurationPath) =>
        Read(configurationPath)?.GetValueOrDefault("conf_dir") is { } folder ? FullPath(configurationPath, folder) : null;

    private static string FullPath(string configurationPath, string path) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(configurationPath)) ?? "/", path);

    private static Dictionary<string, string>? Read(string configurationPath)
    {
        try
        {
            return ReadRelayTable(File.ReadLines(configurationPath).Take(MaxLines));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static Dictionary<string, string> ReadRelayTable(IEnumerable<string> lines)
    {
        var settings = new Dictionary<string, string>();
        var inRelay = false;
        foreach (var line in lines.Select(static line => line.Trim()))
        {
            if (line.StartsWith('['))
                inRelay = line.StartsWith("[relay]");
            else if (inRelay && line.Split('=', 2) is [var key, var value] && Unquote(value.Trim()) is { } text)
                settings[key.Trim()] = text;
        }
        return settings;
    }

    private static string? Unquote(string value)
    {
        if (value is not ['"' or '\'', ..])
            return null;
        var end = value.IndexOf(value[0], 1);
        return end > 1 ? value[1..end] : null;
    }
}
