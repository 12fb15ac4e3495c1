namespace OutreachRelay.Benchmarks.Race;

/// <summary>The relay against Postfix on the same machine in the same minutes.</summary>
internal static class RaceBenchmark
{
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
        await RaceAsync(options);
        return 0;
    }

    private static async Task RaceAsync(RaceOptions options)
    {
        var contestants = new List<Contestant>();
        try
        {
            if (options.Only is "" or "relay")
                contestants.Add(await Contestant.StartRelayAsync(options.Sign));
            if (options.Only is "" or "postfix")
                contestants.Add(await Contestant.StartPostfixAsync());
            Console.WriteLine($"{options.Rounds} rounds, {options.Sessions} sessions, {Environment.ProcessorCount} cores; medians{(options.Sign ? ", the relay signs" : "")}; MB: the relay's peak, Postfix' share-aware sum at the end");
            Console.WriteLine(RaceTable.Heading);
            foreach (var contestant in contestants)
                await WarmAsync(contestant, options);
            foreach (var reuse in (bool[])[false, true])
            {
                foreach (var size in options.Sizes)
                    await RaceAsync(contestants, new Discipline(reuse, size, options.MessagesOf(size)), options);
            }
        }
        finally
        {
            foreach (var contestant in contestants)
                await contestant.DisposeAsync();
        }
    }

    private static async Task WarmAsync(Contestant contestant, RaceOptions options)
    {
        foreach (var reuse in (bool[])[false, true])
            await RaceRound.RunAsync(contestant, new Discipline(reuse, options.Sizes[0], Math.Max(1, contestant.Compiles ? options.Warm : options.Warm / 10)), options.Sessions);
    }

    private static async Task RaceAsync(List<Contestant> contestants, Discipline discipline, RaceOptions options)
    {
        var results = contestants.Select(_ => new List<RoundResult>()).ToList();
        for (var round = 0; round < options.Rounds; round++)
        {
            // Who goes first changes, so that neither always finds the disk as the other left it.
            for (var turn = 0; turn < contestants.Count; turn++)
            {
                var i = (turn + round) % contestants.Count;
                results[i].Add(await RaceRound.RunAsync(contestants[i], discipline, options.Sessions));
            }
        }
        for (var i = 0; i < contestants.Count; i++)
            Console.WriteLine(RaceTable.Row(discipline, contestants[i].Name, results[i]));
        if (contestants.Count == 2)
            Console.WriteLine(RaceTable.Ratio(discipline, results[0], results[1]));
    }
}
