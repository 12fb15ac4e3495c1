using System.Globalization;

namespace OutreachRelay.Benchmarks.Race;

/// <summary>How long and how hard to race.</summary>
internal sealed record RaceOptions
{
    public const string Text = """
        Races the relay against other mail servers: smtp-source → contestant → smtp-sink, in turns.
          --messages N       of one round, of the small sizes; large ones (64 KiB and more) get a fifth,
                             Exim a fifth of either, OpenSMTPD a twentieth                                [5000]
          --warm N           before all rounds, with each kind of connection, until nothing is compiled
                             any more; a contestant that compiles nothing gets a tenth                    [35000]
          --rounds N         of each contestant in each discipline                                        [5]
          --sessions N       connections at a time                                                        [50]
          --sizes A,B,…      body sizes in KiB                                                            [1,4,100]
          --against A,B,…    the others; one that is not installed is named              [postfix,exim,opensmtpd]
          --before FILE      against the outreach-relay.dll of an earlier build alone: what a change brings
          --only NAME        this one alone: relay, postfix, exim or opensmtpd
          --sign             the relay signs each message with RSA of 2,048 bits; the others do not
          --quick            500 messages, 2 rounds, 4 KiB
        """;

    /// <summary>After so many messages the relay compiles no more: until then the compiler takes a fifth of its processor time.</summary>
    public const int UntilCompiled = 35_000;

    public int Messages { get; init; } = 5000;
    public int Rounds { get; init; } = 5;

    /// <summary>Messages of one lap before the race: what is compiled, cached and in memory is then as in a server that has been running.</summary>
    public int Warm { get; init; } = UntilCompiled;
    public int Sessions { get; init; } = 50;

    /// <summary>In KiB.</summary>
    public IReadOnlyList<int> Sizes { get; init; } = [1, 4, 100];

    /// <summary>Whether the relay signs.</summary>
    public bool Sign { get; init; }

    /// <summary>The program of an earlier build, where one races.</summary>
    public string? Before { get; init; }

    /// <summary>Who races, the relay first.</summary>
    public IReadOnlyList<string> Contestants { get; init; } = [RaceBenchmark.Relay, .. Others];

    private static IReadOnlyList<string> Others { get; } = ["postfix", "exim", "opensmtpd"];

    /// <exception cref="FormatException">An argument is unknown or has no usable value.</exception>
    public static RaceOptions Parse(string[] args)
    {
        var options = new RaceOptions();
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--quick" => options with { Messages = 500, Warm = 500, Rounds = 2, Sizes = [4] },
                "--messages" => options with { Messages = Number(args, ++i) },
                "--warm" => options with { Warm = Number(args, ++i) },
                "--rounds" => options with { Rounds = Number(args, ++i) },
                "--sessions" => options with { Sessions = Number(args, ++i) },
                "--sizes" => options with { Sizes = [.. Value(args, ++i).Split(',').Select(size => Number(size))] },
                "--sign" => options with { Sign = true },
                "--against" => options with { Contestants = [RaceBenchmark.Relay, .. Value(args, ++i).Split(',').Select(Other)] },
                "--before" => options with { Before = Path.GetFullPath(Value(args, ++i)), Contestants = [RaceBenchmark.Relay, RaceBenchmark.Before] },
                "--only" => options with { Contestants = [Value(args, ++i) is RaceBenchmark.Relay ? RaceBenchmark.Relay : Other(args[i])] },
                _ => throw new FormatException($"unknown argument {args[i]}"),
            };
        }
        return options;
    }

    /// <summary>In the order in which they are raced.</summary>
    public IEnumerable<Discipline> Disciplines() =>
        from reuse in (bool[])[false, true] from size in Sizes select new Discipline(reuse, size, size >= 64 ? Math.Max(1, Messages / 5) : Messages);

    private static string Other(string name) => Others.Contains(name) ? name : throw new FormatException($"there is no contestant {name}");

    private static string Value(string[] args, int i) => i < args.Length ? args[i] : throw new FormatException($"{args[^1]} needs a value");

    private static int Number(string[] args, int i) => Number(Value(args, i));

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number : throw new FormatException($"{text} is no positive number");
}
