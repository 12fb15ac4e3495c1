using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Receive;

namespace OutreachRelay.Tests.Receive;

/// <summary>AUTH as a client meets it.</summary>
public sealed class LoginTests
{
    private const string Password = "correct horse battery";

    private readonly FakeTime _time = new();
    private readonly LoginThrottle _throttle;
    private readonly RelayModel _model;

    public LoginTests()
    {
        _throttle = new LoginThrottle(_time, NullLogger<LoginThrottle>.Instance);
        var direction = Models.Direction(Models.Pool(Models.Sender("a@example.com")), Models.Upstream("u"));
        _model = Models.Relay(Models.Client(direction) with { Username = "crm", Password = Password });
    }

    [Theory]
    [InlineData("crm", Password, "", true)]
    [InlineData("crm", Password, "crm", true)]
    [InlineData("crm", Password, "boss", false)]
    [InlineData("crm", "wrong", "", false)]
    [InlineData("crm", "", "", false)]
    [InlineData("CRM", Password, "", false)]
    [InlineData("nobody", "", "", false)]
    [InlineData("nobody", Password, "", false)]
    public async Task R39_R41_Login_IsAnsweredWithOneTextForAllThatIsWrong(string username, string password, string authorizationId, bool isAccepted) =>
        Assert.Equal(
            isAccepted ? "235 2.7.0 Authentication succeeded" : "535 5.7.8 Authentication credentials invalid",
            (await TryAsync("192.0.2.1", username, password, authorizationId)).Reply);

    [Fact]
    public async Task R41_DisabledClient_IsAnsweredLikeAnUnknownOne()
    {
        var disabled = _model.Clients["acme"] with { Password = null };
        var session = Session("192.0.2.1", Models.Relay(disabled) with { Logins = System.Collections.Frozen.FrozenDictionary<string, ClientModel>.Empty });
        var login = session.AuthenticateAsync(new SmtpCredentials("", "crm", ""), CancellationToken.None).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("535 5.7.8 Authentication credentials invalid", (await login).ToString());
    }

    [Fact]
    public async Task R40_TenWrongPasswords_AreHeldBackThenClosedThenNotLookedAt()
    {
        var waits = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            var (reply, wait) = await TryAsync("192.0.2.1", "crm", "wrong");
            Assert.StartsWith("535 5.7.8 ", reply);
            waits.Add(wait.TotalSeconds);
        }
        Assert.Equal(waits.Order(), waits);
        Assert.InRange(waits.Sum(), 15, 60);
        Assert.StartsWith("421 4.7.0 ", (await TryAsync("192.0.2.1", "crm", "wrong")).Reply);
        Assert.Equal(("421 4.7.0 Too many failed logins, try again later", TimeSpan.Zero), await TryAsync("192.0.2.1", "crm", Password));
        Assert.StartsWith("235 ", (await TryAsync("192.0.2.2", "crm", Password)).Reply);
        _time.Advance(LoginThrottle.Memory + TimeSpan.FromSeconds(1));
        Assert.StartsWith("235 ", (await TryAsync("192.0.2.1", "crm", Password)).Reply);
    }

    [Fact]
    public void R41_UnknownUserAndWrongPassword_TakeTheSameTime()
    {
        var unknown = Fastest(new SmtpCredentials("", "nobody", "wrong password"));
        var known = Fastest(new SmtpCredentials("", "crm", "wrong password"));
        Assert.InRange(unknown / known, 0.5, 2);
    }

    // The fastest of many rounds is what the work itself takes; all else is the machine's.
    private double Fastest(SmtpCredentials credentials)
    {
        var fastest = TimeSpan.MaxValue;
        for (var round = 0; round < 50; round++)
        {
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < 200; i++)
                Assert.Null(ClientDirectory.FindByLogin(_model, credentials));
            fastest = clock.Elapsed < fastest ? clock.Elapsed : fastest;
        }
        return fastest.TotalSeconds;
    }

    private async Task<(string Reply, TimeSpan Wait)> TryAsync(string address, string username, string password, string authorizationId = "")
    {
        var before = _time.Elapsed;
        var login = Session(address, _model).AuthenticateAsync(new SmtpCredentials(authorizationId, username, password), CancellationToken.None).AsTask();
        while (!login.IsCompleted)
            _time.Advance(TimeSpan.FromMilliseconds(100));
        return ((await login).ToString(), _time.Elapsed - before);
    }

    // AUTH asks neither the receiver nor the store.
    private SubmissionSession Session(string address, RelayModel model) =>
        new(null!, new RelayState(model, _time), _throttle, new ClientRates(_time), _time, IPAddress.Parse(address));
}
