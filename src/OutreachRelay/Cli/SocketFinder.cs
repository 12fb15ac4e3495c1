namespace OutreachRelay.Cli;

/// <summary>Finds the admin socket of a configuration that has errors: a relay may well run on the version before the last edit.</summary>
internal static class SocketFinder
{
    private const int MaxLines = 10_000;

    /// <summary>Looks for <c>admin_socket</c> and <c>data_dir</c> in the table <c>[relay]</c>, line by line.</summary>
    /// <param name="configurationPath">Relative paths in the file are relative to it.</param>
    /// <returns>An absolute path, or <see langword="null"/> when the file cannot be read.</returns>
    public static string? Find(string configurationPath)
    {
        try
        {
            var settings = ReadRelayTable(File.ReadLines(configurationPath).Take(MaxLines));
            var directory = Path.GetDirectoryName(Path.GetFullPath(configurationPath)) ?? "/";
            var data = Path.Combine(directory, settings.GetValueOrDefault("data_dir", "data"));
            return settings.TryGetValue("admin_socket", out var socket) ? Path.Combine(directory, socket) : Path.Combine(data, "admin.sock");
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
