namespace OutreachRelay.Configuration.Reading;

/// <summary>Finds the known name that somebody may have meant.</summary>
internal static class Suggestion
{
    private const int LongestName = 64;

    /// <returns><c>; did you mean 'x'?</c>, or nothing when no name is near.</returns>
    public static string For(string name, IEnumerable<string> known)
    {
        var (best, least) = ("", Math.Max(1, Math.Min(name.Length, LongestName) / 3) + 1);
        foreach (var candidate in known)
        {
            var distance = Distance(name, candidate);
            if (distance < least)
                (best, least) = (candidate, distance);
        }
        return best.Length == 0 ? "" : $"; did you mean '{best}'?";
    }

    // Damerau's distance: changed, missing, additional and exchanged neighbouring characters.
    private static int Distance(string left, string right)
    {
        if (left.Length > LongestName || right.Length > LongestName)
            return int.MaxValue;
        Span<int> before = stackalloc int[LongestName + 1];
        Span<int> above = stackalloc int[LongestName + 1];
        Span<int> row = stackalloc int[LongestName + 1];
        for (var j = 0; j <= right.Length; j++)
            row[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            above.CopyTo(before);
            row.CopyTo(above);
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var change = above[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                row[j] = Math.Min(change, Math.Min(above[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
        }
        return row[right.Length];
    }
}
