namespace OutreachRelay.FunctionalTests.Running;

/// <summary>What a test needs of its machine. A test that cannot run says why in its skip reason.</summary>
internal static class Requires
{
    private static readonly string[] Directories = ["/usr/sbin", "/sbin", .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')];

    public static void Program(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            Assert.SkipUnless(Directories.Any(d => File.Exists(Path.Combine(d, name))), $"needs {name}: run `make peers`");
    }

    public static void Root(string reason) =>
        Assert.SkipUnless(Environment.IsPrivilegedProcess, $"needs root: {reason}");
}
