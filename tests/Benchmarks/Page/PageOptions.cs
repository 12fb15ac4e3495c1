using System.Globalization;

namespace OutreachRelay.Benchmarks.Page;

/// <summary>Where the page goes, and how much is measured for it.</summary>
internal sealed record PageOptions
{
    public const string Text = """
        Measures everything and writes performance.md with its plots. It takes about 20 minutes.
          --directory D      where it is written                              [docs]
          --queue N          the longest queue                                [1000000]
          --sizes A,B,…      body sizes of the race in KiB                    [4]
          --quick            to try it out: figures mean nothing
        """;

    public string Directory { get; init; } = "docs";
    public int LongestQueue { get; init; } = 1_000_000;
    public IReadOnlyList<int> Sizes { get; init; } = [4];
    public bool IsQuick { get; init; }

    /// <exception cref="FormatException">An argument is unknown or has no usable value.</exception>
    public static PageOptions Parse(string[] args)
    {
        var options = new PageOptions();
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--quick" => options with { IsQuick = true, LongestQueue = 1000 },
                _ when i + 1 == args.Length => throw new FormatException($"{args[i]} is unknown or needs a value"),
                "--directory" => options with { Directory = args[++i] },
                "--queue" => options with { LongestQueue = Number(args[++i]) },
                "--sizes" => options with { Sizes = [.. args[++i].Split(',').Select(Number)] },
                _ => throw new FormatException($"unknown argument {args[i]}"),
            };
        }
        return options;
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number : throw new FormatException($"{text} is no positive number");
}
