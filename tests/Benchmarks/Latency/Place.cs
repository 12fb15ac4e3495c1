using OutreachRelay.Benchmarks.Race;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.Benchmarks.Latency;

/// <summary>A directory, and a relay that has its data there. Both end with this.</summary>
/// <param name="Name">As people say it.</param>
internal sealed record Place(string Name, TemporaryDirectory Directory, Contestant Relay) : IAsyncDisposable
{
    public static async Task<Place> OpenAsync(string name, TemporaryDirectory directory)
    {
        try
        {
            return new Place(name, directory, await Contestant.StartRelayAsync(signs: false, data: directory.Combine("data")));
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
