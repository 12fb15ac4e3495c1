namespace OutreachRelay.Policy.Rotate;

/// <summary>Chance that is a function of its arguments: the same in each run of a test, and after a restart.</summary>
internal static class SenderDraw
{
    /// <summary>A number from 0 up to but not including 1: splitmix64's finalizer over what names the draw.</summary>
    /// <param name="number">Of the draw within the date.</param>
    public static double Of(ulong seed, string key, DateOnly date, long number)
    {
        var x = seed + ((ulong)date.DayNumber * 0x9E3779B97F4A7C15) + ((ulong)number * 0xD1B54A32D192ED03);
        foreach (var c in key)
            x = (x ^ c) * 0x100000001B3;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return ((x ^ (x >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
