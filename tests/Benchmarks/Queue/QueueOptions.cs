using System.Globalization;

namespace OutreachRelay.Benchmarks.Queue;

/// <summary>How much waits, and how much of it is timed.</summary>
internal sealed record QueueOptions
{
    public const string Text = """
        Starts the relay on a full queue and times what leaves: queue → relay → smtp-sink.
          --queued A,B,…     entries that wait at the start                   [1000,10000,100000]
          --messages N       of them that are timed; the rest stays behind    [20000]
          --size N           body in KiB                                      [4]
        """;

    public IReadOnlyList<int> Queued { get; init; } = [1000, 10_000, 100_000];
    public int Messages { get; init; } = 20_000;

    /// <summary>In octets.</summary>
    public int Size { get; init; } = 4096;

    /// <exception cref="FormatException">An argument is unknown or has no usable value.</exception>
    public static QueueOptions Parse(string[] args)
    {
        var options = new QueueOptions();
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            options = args[i] switch
            {
                "--queued" => options with { Queued = [.. args[i + 1].Split(',').Select(Number)] },
                "--messages" => options with { Messages = Number(args[i + 1]) },
                "--size" => options with { Size = Number(args[i + 1]) * 1024 },
                _ => throw new FormatException($"unknown argument {args[i]}"),
            };
        }
        return args.Length % 2 == 0 ? options : throw new FormatException($"{args[^1]} is unknown or needs a value");
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number : throw new FormatException($"{text} is no positive number");
}
