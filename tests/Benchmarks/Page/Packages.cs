using OutreachRelay.Benchmarks.Race;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.Benchmarks.Page;

/// <summary>Which versions of other mail servers race, as their packages say.</summary>
internal static class Packages
{
    /// <returns>Such as <c>postfix 3.7.11-0+deb12u1, exim4-daemon-light 4.96-15+deb12u10</c>.</returns>
    public static async Task<string> ReadAsync()
    {
        var postfix = await ChildProcess.RunAsync("dpkg-query", ["--show", "postfix"]);
        var unpacked = UnpackedServer.Find("VERSIONS") is { } file ? await File.ReadAllLinesAsync(file) : [];
        return string.Join(", ", unpacked.Prepend(postfix.StandardOutput.Trim()).Select(static line => line.Replace('\t', ' ')));
    }
}
