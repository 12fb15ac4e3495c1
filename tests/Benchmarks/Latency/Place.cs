using OutreachRelay.Benchmarks.Race;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.Benchmarks.Latency;

/// <summary>A directory, and a relay that has its data there and has run until nothing is compiled any more. Both end with this.</summary>
/// <param name="Name">As people say it.</param>
internal sealed record Place(string Name, TemporaryDirectory Directory, Contestant Relay) : IAsyncDisposable
{
    public static async Task<Place> OpenAsync(string name, TemporaryDirectory directory, Discipline discipline, int connections)
    {
        try
        {
            var relay = await Contestant.StartRelayAsync(signs: false, data: directory.Combine("data"));
            await RaceRound.RunAsync(relay, discipline with { Messages = RaceOptions.UntilCompiled }, connections);
            return new Place(name, directory, relay);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Relay.DisposeAsync();
        Directory.Dispose();
    }
}
