using OutreachRelay.Benchmarks.Race;
using OutreachRelay.Configuration;
using OutreachRelay.FunctionalTests.Relay;

namespace OutreachRelay.Benchmarks.Stages;

/// <summary>The configuration with which the relay races, read as the relay reads it, and a directory for its data. No process is started.</summary>
internal sealed class StageModel : IAsyncDisposable
{
    public StageModel(int sinkPort)
    {
        Relay = new RelayProcess(Contestant.RelayConfig(sinkPort));
        var loaded = ConfigurationLoader.Load(Relay.ConfigFile);
        Model = loaded.Model ?? throw new InvalidOperationException(string.Join('\n', loaded.Problems));
        Directory.CreateDirectory(Model.DataDirectory);
    }

    public RelayProcess Relay { get; }

    public RelayModel Model { get; }

    public ValueTask DisposeAsync() => Relay.DisposeAsync();
}
