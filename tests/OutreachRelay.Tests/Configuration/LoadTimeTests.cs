using System.Diagnostics;
using System.Text;

namespace OutreachRelay.Tests.Configuration;

/// <summary>A reload holds up nobody.</summary>
public sealed class LoadTimeTests : IDisposable
{
    private const int Pools = 50;
    private const int SendersOfAPool = 24;

    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void O6_Load_TwelveHundredSendersInFiftyPools_TakesLessThanASecond()
    {
        var toml = new StringBuilder(ConfigurationFolder.Minimal);
        for (var pool = 0; pool < Pools; pool++)
        {
            _folder.Write($"{pool}.csv", "address,display_name\n" + string.Concat(Enumerable.Range(0, SendersOfAPool).Select(i => $"s{i}@pool{pool}.example,Ann\n")));
            toml.Append($"[[pool]]\nname = \"p{pool}\"\nsenders = \"{pool}.csv\"\n[[direction]]\nclient = \"acme\"\nname = \"d{pool}\"\npool = \"p{pool}\"\nupstreams = [\"capture\"]\n");
        }
        _folder.Model(toml.ToString());

        // The first time compiles.
        var watch = Stopwatch.StartNew();
        var model = _folder.Model(toml.ToString());

        Assert.Equal((Pools * SendersOfAPool) + 1, model.Senders.Count);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }
}
