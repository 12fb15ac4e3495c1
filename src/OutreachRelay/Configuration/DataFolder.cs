namespace OutreachRelay.Configuration;

/// <summary>The folder of what is known of the world outside: presets, replies, public suffixes.</summary>
public static class DataFolder
{
    /// <summary>The one that comes with the program.</summary>
    public static string BesideProgram => Path.Combine(AppContext.BaseDirectory, "conf");
}
