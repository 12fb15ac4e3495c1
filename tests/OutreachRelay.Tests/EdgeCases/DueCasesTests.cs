using System.Text.RegularExpressions;

namespace OutreachRelay.Tests.EdgeCases;

/// <summary>Every edge case that is due has a test that bears its id, in whichever of the test projects.</summary>
public sealed partial class DueCasesTests
{
    private static readonly string Sources = Path.Combine(AppContext.BaseDirectory, "sources");

    [Fact]
    public void DueCases_All_AreNamedByATest()
    {
        var named = Directory.EnumerateFiles(Sources, "*.cs", SearchOption.AllDirectories).SelectMany(path => IdsOf(File.ReadAllText(path))).ToHashSet();

        Assert.Equal("", string.Join(' ', Due().Where(id => !named.Contains(id))));
    }

    [Fact]
    public void DueCases_List_HasEachIdOnce()
    {
        var ids = Due().ToList();

        Assert.All(ids, id => Assert.Matches("^[ROWSLF][1-9][0-9]?$", id));
        Assert.Equal(ids.Distinct(), ids);
        Assert.True(ids.Count > 50, "the list was not found");
    }

    [Theory]
    [InlineData("    public void R3_Dots_Are()", "R3")]
    [InlineData("    public async Task O1_O2_Two_Are()", "O1,O2")]
    [InlineData("    public static Property R5_Any(int n)", "R5")]
    [InlineData("    [\"R12 R25 QUIT inside content\"]", "R12,R25")]
    [InlineData("    private void R3_Helper()", "")]
    [InlineData("    public void Accept_R3_Is()", "")]
    [InlineData("    // R3 is tested elsewhere", "")]
    public void IdsOf_Source_AreThoseOfTestsAndOfTranscripts(string source, string ids) =>
        Assert.Equal(ids, string.Join(',', IdsOf(source)));

    private static IEnumerable<string> Due() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "EdgeCases", "due.txt")).Select(line => line.Split('#')[0].Trim()).Where(line => line.Length > 0);

    /// <summary>From names of public methods, and from texts that begin with ids: the names of transcripts, which are theory data.</summary>
    private static IEnumerable<string> IdsOf(string source) =>
        MethodName().Matches(source).SelectMany(match => match.Groups["id"].Captures)
            .Concat(TranscriptName().Matches(source).SelectMany(match => match.Groups["id"].Captures))
            .Select(capture => capture.Value);

    [GeneratedRegex(@"^ +public (?:static |async )*\w+ (?:(?<id>[A-Z]\d{1,2})_)+", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex MethodName();

    [GeneratedRegex(@"""(?:(?<id>[A-Z]\d{1,2}) )+\w", RegexOptions.ExplicitCapture)]
    private static partial Regex TranscriptName();
}
