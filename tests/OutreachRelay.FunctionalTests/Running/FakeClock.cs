using System.Globalization;

namespace OutreachRelay.FunctionalTests.Running;

/// <summary>
/// A wall clock that can be set for one process alone: libfaketime puts itself before the C library there and adds what a file says. The monotonic
/// clock goes on, as it does when an administrator or NTP sets the time of a machine.
/// </summary>
internal sealed class FakeClock
{
    private static readonly string[] Libraries =
    [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    ];

    private readonly string _file;

    /// <param name="file">Where the offset is written.</param>
    public FakeClock(string file)
    {
        _file = file;
        Set(TimeSpan.Zero);
    }

    /// <summary>How far it is before the machine's clock.</summary>
    public TimeSpan Offset { get; private set; }

    public static bool IsInstalled => Library is not null;

    /// <summary>What executes a program under this clock.</summary>
    public string[] Wrapper =>
    [
        "env", $"LD_PRELOAD={Library}", $"FAKETIME_TIMESTAMP_FILE={_file}", "FAKETIME_CACHE_DURATION=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1",
    ];

    private static string? Library => Array.Find(Libraries, File.Exists);

    /// <summary>Sets the clock. The process sees it within about a second.</summary>
    public void Set(TimeSpan offset)
    {
        Offset = offset;
        // Renamed into place: a half-written file would be a time of its own.
        var next = _file + ".next";
        File.WriteAllText(next, string.Create(CultureInfo.InvariantCulture, $"{(long)offset.TotalSeconds:+0;-0;+0}\n"));
        File.Move(next, _file, overwrite: true);
    }
}
