using System.Globalization;
using System.Text;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>Passwords are guessed by the thousand, and whoever knows one still logs in.</summary>
[Collection(HeavyCollection.Name)]
public sealed class LoginFloodTests : IAsyncLifetime
{
    private const int MostFailures = 10; // of one address

    private readonly SinkServer _sink = new();
    private RelayProcess _relay = null!;
    private GoodClient _good = null!;

    public async ValueTask InitializeAsync()
    {
        _relay = await RelayProcess.StartAsync(new RelayConfig { Upstreams = [new("sink", _sink.Port)], TrustLoopback = false });
        _good = new GoodClient(_relay.Port, HostileClients.Login().Split("\r\n")[1]);
        await _good.ServedAsync(_relay);
    }

    public async ValueTask DisposeAsync()
    {
        await _good.DisposeAsync();
        await _relay.DisposeAsync();
        await _sink.DisposeAsync();
    }

    [Fact]
    public async Task R40_FailedLoginsFromOneAddressAndFromMany_AreBlockedThereAndNowhereElse()
    {
        var (failed, blocked) = await GuessAsync(guesses: 2000, perAddress: 2000);
        await _good.ServedWellAsync(_relay, $"{failed} failed logins from one address, {blocked} more turned away");
        Assert.InRange(failed, 1, MostFailures);
        Assert.Equal(2000, failed + blocked);

        // More addresses than the throttle remembers.
        (failed, blocked) = await GuessAsync(guesses: 11_000, perAddress: 1);
        await _good.ServedWellAsync(_relay, $"{failed} failed logins from as many addresses");
        Assert.Equal((11_000, 0), (failed, blocked));
    }

    private async Task<(int Failed, int Blocked)> GuessAsync(int guesses, int perAddress)
    {
        var (failed, blocked) = (0, 0);
        await using var guessers = new ConnectionCrowd(firstNet: perAddress == 1 ? 11 : 10);
        await guessers.OpenAsync(_relay.Port, guesses, perAddress, async (socket, number) =>
        {
            var guess = Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\0{RelayConfig.User}\0guess{number}")));
            await socket.SendAsync(Encoding.ASCII.GetBytes($"EHLO x\r\nAUTH PLAIN {guess}\r\nQUIT\r\n"));
            var replies = await ConnectionCrowd.ReadToEndAsync(socket);
            if (replies.Contains("\r\n535 5.7.8 ", StringComparison.Ordinal))
                Interlocked.Increment(ref failed);
            else if (replies.EndsWith("\r\n421 4.7.0 Too many failed logins, try again later\r\n", StringComparison.Ordinal))
                Interlocked.Increment(ref blocked);
            return false;
        });
        return (failed, blocked);
    }
}
