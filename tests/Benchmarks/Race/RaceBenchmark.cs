namespace OutreachRelay.Benchmarks.Race;

/// <summary>The relay against Postfix, Exim and OpenSMTPD on the same machine in the same minutes.</summary>
internal static class RaceBenchmark
{
    public const string Relay = "relay";
    public const string Before = "before";

    private const int Usage = 64;
    private const int Unavailable = 69;

    public static async Task<int> RunAsync(string[] args)
    {
        RaceOptions options;
        try
        {
            options = RaceOptions.Parse(args);
        }
        catch (FormatException e)
        {
            await Console.Error.WriteLineAsync($"{e.Message}\n{RaceOptions.Text}");
            return Usage;
        }
        if (!Environment.IsPrivilegedProcess)
        {
            await Console.Error.WriteLineAsync("Needs root: Postfix changes its user.");
            return Unavailable;
        }
        await MeasureAsync(options);
        return 0;
    }

    /// <summary>Races, and prints each discipline as soon as it is over.</summary>
    public static async Task<RaceFigures> MeasureAsync(RaceOptions options)
    {
        var contestants = new List<Contestant>();
        try
        {
            var missing = await StartAsync(contestants, options);
            Console.WriteLine($"{options.Rounds} rounds, {options.Sessions} sessions, {Environment.ProcessorCount} cores, segments of {Loopback.LargestSegment} octets; medians{(options.Sign ? ", the relay signs" : "")}; MB: the relay's peak, the others' share-aware sum at the end");
            foreach (var name in missing)
                Console.WriteLine($"missing: {name} is not there; tests/install-contestants.sh fetches it");
            Console.WriteLine(RaceTable.Heading);
            foreach (var contestant in contestants)
                await WarmAsync(contestant, options);
            var races = new List<DisciplineFigures>();
            foreach (var discipline in options.Disciplines())
            {
                races.Add(await RaceAsync(contestants, discipline, options));
                RaceTable.Print(races[^1]);
            }
            return new RaceFigures(races, missing, options.Sign);
        }
        finally
        {
            foreach (var contestant in contestants)
                await contestant.DisposeAsync();
        }
    }

    /// <returns>Who was to race and is not there.</returns>
    private static async Task<List<string>> StartAsync(List<Contestant> contestants, RaceOptions options)
    {
        var missing = new List<string>();
        foreach (var name in options.Contestants)
        {
            var contestant = name switch
            {
                Relay => await Contestant.StartRelayAsync(options.Sign),
                Before => await Contestant.StartRelayAsync(options.Sign, options.Before),
                "postfix" => await Contestant.StartPostfixAsync(),
                "exim" => await UnpackedContestants.StartEximAsync(),
                _ => await UnpackedContestants.StartOpenSmtpdAsync(),
            };
            if (contestant is null)
                missing.Add(name);
            else
                contestants.Add(contestant);
        }
        return missing;
    }

    private static async Task WarmAsync(Contestant contestant, RaceOptions options)
    {
        foreach (var reuse in (bool[])[false, true])
            await RaceRound.RunAsync(contestant, new Discipline(reuse, options.Sizes[0], Math.Max(1, contestant.Compiles ? options.Warm : options.Warm / 10)), options.Sessions);
    }

    private static async Task<DisciplineFigures> RaceAsync(List<Contestant> contestants, Discipline discipline, RaceOptions options)
    {
        var results = contestants.Select(_ => new List<RoundResult>()).ToList();
        for (var round = 0; round < options.Rounds; round++)
        {
            // Who goes first changes, so that none always finds the disk as another left it.
            for (var turn = 0; turn < contestants.Count; turn++)
            {
                var i = (turn + round) % contestants.Count;
                results[i].Add(await RaceRound.RunAsync(contestants[i], discipline, options.Sessions));
            }
        }
        return new DisciplineFigures(discipline, [.. contestants.Select((contestant, i) => new ContestantFigures(contestant.Name, results[i]))]);
    }
}
