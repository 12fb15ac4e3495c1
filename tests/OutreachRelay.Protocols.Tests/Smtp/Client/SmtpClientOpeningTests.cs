using System.Net;
using System.Net.Sockets;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Tests;
using static OutreachRelay.Protocols.Tests.Smtp.Client.SmtpClientTranscripts;

namespace OutreachRelay.Protocols.Tests.Smtp.Client;

public sealed class SmtpClientOpeningTests
{
    [Fact]
    public async Task Open_EhloReply_GivesTheCapabilities()
    {
        await using var upstream = new ScriptedUpstream("""
            S: 220-mx.example
            S: 220 welcome
            C: EHLO relay.example
            S: 250-mx.example greets you
            S: 250-PIPELINING
            S: 250-SIZE 52428800
            S: 250-8bitmime
            S: 250-SMTPUTF8
            S: 250-CHUNKING
            S: 250-ENHANCEDSTATUSCODES
            S: 250-AUTH plain LOGIN
            S: 250-AUTH=LOGIN
            S: 250-X-UNKNOWN 1 2
            S: 250
            ! left
            """);
        await using var session = await OpenedAsync(upstream);
        var found = session.Capabilities;
        Assert.Equal(["PLAIN", "LOGIN"], found.AuthMechanisms);
        Assert.Equal(
            found with { AuthMechanisms = [], Offer = "" },
            new SmtpCapabilities { Pipelining = true, Size = 52428800, EightBitMime = true, SmtpUtf8 = true, Chunking = true, EnhancedStatusCodes = true });
    }

    [Fact]
    public async Task Open_ServerWithoutExtensions_IsGreetedWithHelo()
    {
        await using var upstream = new ScriptedUpstream("S: 220 hi\nC: EHLO relay.example\nS: 502 what\nC: HELO relay.example\nS: 250 PIPELINING\n! left");
        await using var session = await OpenedAsync(upstream);
        Assert.Equal(SmtpCapabilities.None, session.Capabilities);
    }

    [Fact]
    public async Task S1_ConnectionRefused_IsUnreachable()
    {
        var upstream = new ScriptedUpstream();
        var options = Options(upstream);
        await upstream.DisposeAsync();
        var (session, result) = await OpenAsync(upstream, options);
        Assert.Null(session);
        Assert.Equal((SmtpStage.Connect, SmtpFailureKind.Unreachable), (result.Stage, result.Failure));
        Assert.Contains("ConnectionRefused", result.Detail);
    }

    [Theory]
    [InlineData("! close")]
    [InlineData("! raw 220-wel\n! close")]
    public async Task S1_ConnectionLostInTheGreeting_IsAValue(string transcript)
    {
        await using var upstream = new ScriptedUpstream(transcript);
        var (_, result) = await OpenAsync(upstream);
        Assert.Equal((SmtpStage.Greeting, SmtpFailureKind.ConnectionLost), (result.Stage, result.Failure));
    }

    [Theory]
    [InlineData("421 too busy", 421, SmtpFailureKind.Refused)]
    [InlineData("554 no", 554, SmtpFailureKind.Refused)]
    [InlineData("250 what", 250, SmtpFailureKind.Protocol)]
    public async Task S6_GreetingRefuses_IsAValue(string greeting, int code, SmtpFailureKind failure)
    {
        await using var upstream = new ScriptedUpstream($"S: {greeting}\n{(code == 554 ? "C: QUIT\nS: 221 bye" : "! left")}");
        var (_, result) = await OpenAsync(upstream);
        Assert.Equal((SmtpStage.Greeting, failure, code), (result.Stage, result.Failure, result.Reply?.Code));
    }

    [Fact]
    public async Task S6_SilentGreeting_EndsAfterFiveMinutes()
    {
        await using var upstream = new ScriptedUpstream("! silence") { Time = new FakeTime() };
        var (_, result) = await OpenAsync(upstream);
        Assert.Equal((SmtpStage.Greeting, SmtpFailureKind.Timeout), (result.Stage, result.Failure));
        Assert.InRange(upstream.Time.Elapsed, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(60));
    }

    [Theory]
    [InlineData("S: 421 bye", SmtpFailureKind.Refused)]
    [InlineData("S: 550 we do not know you\nC: QUIT\nS: 221 bye", SmtpFailureKind.Refused)]
    [InlineData("S: 354 what", SmtpFailureKind.Protocol)]
    [InlineData("! close", SmtpFailureKind.ConnectionLost)]
    [InlineData("! reset", SmtpFailureKind.ConnectionLost)]
    public async Task S7_EhloRefused_IsAValue(string end, SmtpFailureKind failure)
    {
        await using var upstream = new ScriptedUpstream($"S: 220 hi\nC: EHLO relay.example\n{end}");
        var (_, result) = await OpenAsync(upstream);
        await upstream.PlayedAsync();
        Assert.Equal((SmtpStage.Hello, failure), (result.Stage, result.Failure));
    }

    [Theory]
    [InlineData("S: 220 hi\nS: 250 and more\n! left", SmtpFailureKind.Protocol)]
    [InlineData("S: 220 hi\nS: 421 no, too busy\n! left", SmtpFailureKind.Refused)]
    public async Task S34_RepliesBeforeTheCommand_AreNotCredited(string transcript, SmtpFailureKind failure)
    {
        await using var upstream = new ScriptedUpstream(transcript);
        var (_, result) = await OpenAsync(upstream);
        Assert.Equal((SmtpStage.Hello, failure), (result.Stage, result.Failure));
    }

    [Fact]
    public async Task S46_FirstAddressRefuses_TheNextIsTakenAtOnce()
    {
        await using var upstream = new ScriptedUpstream(Greeting + "! left");
        var options = Options(upstream) with { Addresses = [IPAddress.IPv6Loopback, IPAddress.Parse("127.0.0.9"), IPAddress.Loopback] };
        await using var session = await OpenedAsync(upstream, options);
        Assert.True(session.IsUsable);
    }

    [Fact]
    public async Task S46_FirstAddressIsDead_TheNextIsTakenInUnderASecond()
    {
        await using var upstream = new ScriptedUpstream(Greeting + "! left");
        using var dead = new DeadAddress(IPAddress.Parse("127.0.0.9"), upstream.Port);
        var start = TimeProvider.System.GetTimestamp();
        await using var session = await OpenedAsync(upstream, Options(upstream) with { Addresses = [dead.Address, IPAddress.Loopback] });
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task S46_AllAddressesDead_IsATimeoutOfTheConnection()
    {
        await using var upstream = new ScriptedUpstream();
        using var dead = new DeadAddress(IPAddress.Parse("127.0.0.9"), upstream.Port);
        var shortly = new SmtpClientTimeouts { Connect = TimeSpan.FromMilliseconds(300) };
        var options = Options(upstream) with { Addresses = [dead.Address], Timeouts = shortly };
        var (_, result) = await OpenAsync(upstream, options);
        Assert.Equal((SmtpStage.Connect, SmtpFailureKind.Timeout), (result.Stage, result.Failure));
    }

    [Theory]
    [InlineData("no such name")]
    [InlineData("name.invalid")]
    public async Task S2_HostIsNotResolved_IsUnreachable(string host)
    {
        await using var upstream = new ScriptedUpstream();
        var (_, result) = await OpenAsync(upstream, Options(upstream) with { Addresses = null, Host = host });
        Assert.Equal((SmtpStage.Connect, SmtpFailureKind.Unreachable), (result.Stage, result.Failure));
    }

    [Theory]
    [InlineData("relay\r\nMAIL")]
    [InlineData("")]
    [InlineData("relay example")]
    public async Task Open_LocalNameThatCouldEndItsCommand_IsRefusedBeforeConnecting(string name)
    {
        await using var upstream = new ScriptedUpstream();
        var (_, result) = await OpenAsync(upstream, Options(upstream) with { LocalName = name });
        Assert.Equal((SmtpStage.Connect, SmtpFailureKind.RefusedLocally), (result.Stage, result.Failure));
    }

    /// <summary>An address that takes no connection and refuses none: a listener whose backlog is full.</summary>
    private sealed class DeadAddress : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> _waiting = [];

        public DeadAddress(IPAddress address, int port)
        {
            Address = address;
            _listener.Bind(new IPEndPoint(address, port));
            _listener.Listen(0);
            for (var i = 0; i < 4; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                _waiting.Add(socket);
                Assert.Throws<SocketException>(() => socket.Connect(address, port));
            }
        }

        public IPAddress Address { get; }

        public void Dispose()
        {
            _listener.Dispose();
            _waiting.ForEach(socket => socket.Dispose());
        }
    }
}
