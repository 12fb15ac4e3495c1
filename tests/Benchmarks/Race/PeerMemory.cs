namespace OutreachRelay.Benchmarks.Race;

/// <summary>
/// The C library gives the 128 KiB that smtp-source and smtp-sink take for each connection back to the kernel after it, which must clear
/// them for the next. What the tools spend so is a share of each contestant's time that is not its own: here they keep them.
/// </summary>
internal static class PeerMemory
{
    /// <summary>The GNU C Library's manual, "Tunables".</summary>
    public const string Variable = "GLIBC_TUNABLES";

    public const string Kept = "glibc.malloc.mmap_threshold=16777216:glibc.malloc.trim_threshold=134217728";

    public static readonly IReadOnlyDictionary<string, string> Environment = new Dictionary<string, string>(StringComparer.Ordinal) { [Variable] = Kept };
}
