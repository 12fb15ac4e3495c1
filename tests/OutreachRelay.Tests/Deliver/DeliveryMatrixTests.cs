using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Outcome;
using OutreachRelay.Outcome.Replies;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Protocols.Tests.Smtp.Client;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Deliver;

/// <summary>What a failure at each stage does to an entry: of two upstreams the first one fails it, and the second one would take it.</summary>
public sealed class DeliveryMatrixTests
{
    private const string Drop = "drop", Silence = "timeout";

    private const string Hello = "S: 220 hi\nC: EHLO relay.example.com\nS: 250 hi\n";

    private const string Carried = Hello + "C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\n! content\nS: 250 taken\nC: QUIT\nS: 221 bye\n";

    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    /// <summary>Stage and failure, then scope and action, then the entry's state, the steps that it has used, and the copies that the second upstream has taken.</summary>
    public static TheoryData<SmtpStage, string, ReplyScope, ReplyAction, EntryState, int, int> Matrix { get; } = Build();

    /// <summary>Those that happen on loopback: nothing is silent there before it is connected, nor stops small content halfway.</summary>
    public static TheoryData<SmtpStage, string, ReplyScope, ReplyAction, EntryState, int, int> RealMatrix { get; } =
        [.. Matrix.Where(static row => row.Data.Item1 != SmtpStage.Content && row.Data is not (SmtpStage.Connect, Silence, _, _, _, _, _))];

    [Theory]
    [MemberData(nameof(Matrix))]
    public void Failure_AtAStage_HasItsScopeAndAction(
        SmtpStage stage, string failure, ReplyScope scope, ReplyAction action, EntryState state, int steps, int copies)
    {
        var verdict = Decide(Result(stage, failure), new AttemptContext(0, MaybeSent: false, IsLastResort: false));

        Assert.Equal((scope, action), (verdict.Meaning.Scope, verdict.Meaning.Action));
        Assert.Equal(copies == 1, verdict.GoesElsewhere);
        Assert.Equal(copies == 1 ? (EntryState.Queued, 0) : (state, steps), (verdict.State, verdict.UsedStep ? 1 : 0));
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public void S27_FailureOfWhatMayHaveBeenSent_StaysWithItsUpstream(
        SmtpStage stage, string failure, ReplyScope scope, ReplyAction action, EntryState state, int steps, int copies)
    {
        var verdict = Decide(Result(stage, failure), new AttemptContext(1, MaybeSent: true, IsLastResort: true));

        Assert.Equal((scope, action), (verdict.Meaning.Scope, verdict.Meaning.Action));
        Assert.Equal((state == EntryState.Failed ? state : EntryState.InDoubt, steps - copies), (verdict.State, verdict.UsedStep ? 1 : 0));
        Assert.Equal((false, false), (verdict.GoesElsewhere, verdict.GivesBack));
    }

    [Theory]
    [MemberData(nameof(RealMatrix))]
    public async Task S1_S6_S7_S8_S14_FailureOfARealSession_LeavesTheEntryAsItShould(
        SmtpStage stage, string failure, ReplyScope scope, ReplyAction action, EntryState state, int steps, int copies)
    {
        using var certificate = TestCertificate.For("127.0.0.1");
        var patience = new FakeTime();
        await using var first = new ScriptedUpstream(Until(stage) + End(failure)) { Certificate = certificate, Time = patience };
        await using var second = new ScriptedUpstream(Carried);
        await using var bench = await DeliveryBench.StartAsync(
            TimeProvider.System, failure == Silence ? patience : TimeProvider.System, ["a@x.example"],
            First(stage, stage == SmtpStage.Connect ? DeadPort() : first.Port, certificate), Models.Upstream("second", tier: 2, port: second.Port));

        var id = await bench.SubmitAsync();

        Assert.Equal(steps, (await bench.UntilSettledAsync(id, state)).Attempts);
        Assert.Equal(copies, second.Messages.Count);
        Assert.Equal(stage >= SmtpStage.Mail, (await bench.UpstreamsTriedAsync(id)).Contains("first"));
        Assert.Equal((scope, action) == (ReplyScope.Account, ReplyAction.PauseAccount), bench.CircuitOf("first") == CircuitState.Open);
    }

    private static AttemptVerdict Decide(SmtpResult result, AttemptContext context) =>
        AttemptVerdict.Decide(AttemptMeaning.Of(result, Models.ShippedReplies, null), context, Models.Delivery(), Now);

    private static UpstreamModel First(SmtpStage stage, int port, X509Certificate2 certificate) =>
        Models.Upstream("first", port: port) with
        {
            MaxConnections = 1,
            Tls = stage switch { SmtpStage.Tls => TlsMode.StartTls, SmtpStage.Auth => TlsMode.Implicit, _ => TlsMode.None },
            Roots = new TrustedRoots("", [certificate]),
            Credential = stage == SmtpStage.Auth ? new CredentialModel("first", [], "ua", "pa") : null,
        };

    private static TheoryData<SmtpStage, string, ReplyScope, ReplyAction, EntryState, int, int> Build()
    {
        var data = new TheoryData<SmtpStage, string, ReplyScope, ReplyAction, EntryState, int, int>();
        foreach (var stage in Enum.GetValues<SmtpStage>().Where(static stage => stage != SmtpStage.Idle))
        {
            // Who is not connected does not reply.
            foreach (var failure in stage == SmtpStage.Connect ? (string[])[Drop, Silence] : ["421 later", "451 later", "554 no", Drop, Silence])
            {
                var (scope, action) = Expected(stage, failure);
                var (state, copies) = action switch
                {
                    ReplyAction.Retry => (EntryState.Queued, 0),
                    ReplyAction.Fail => (EntryState.Failed, 0),
                    ReplyAction.Doubt => (EntryState.InDoubt, 0),
                    _ => (EntryState.Relayed, 1),
                };
                data.Add(stage, failure, scope, action, state, 1, copies);
            }
        }
        return data;
    }

    private static (ReplyScope Scope, ReplyAction Action) Expected(SmtpStage stage, string failure) => (stage, failure) switch
    {
        (SmtpStage.FinalDot, Drop or Silence) => (ReplyScope.Message, ReplyAction.Doubt),
        (_, Drop or Silence) => (ReplyScope.Connection, ReplyAction.OtherUpstream),
        (SmtpStage.Auth, _) => (ReplyScope.Account, ReplyAction.PauseAccount),
        ( < SmtpStage.Mail, _) or (_, "421 later") => (ReplyScope.Connection, ReplyAction.OtherUpstream),
        (SmtpStage.Rcpt, "451 later") => (ReplyScope.Recipient, ReplyAction.Retry),
        (SmtpStage.Rcpt, _) => (ReplyScope.Recipient, ReplyAction.Fail),
        (_, "451 later") => (ReplyScope.Message, ReplyAction.Retry),
        _ => (ReplyScope.Message, ReplyAction.Fail),
    };

    private static SmtpResult Result(SmtpStage stage, string failure)
    {
        var isLost = failure is Drop or Silence;
        return new SmtpResult
        {
            Stage = stage,
            Failure = failure switch
            {
                Drop => SmtpFailureKind.ConnectionLost,
                Silence => SmtpFailureKind.Timeout,
                _ => stage == SmtpStage.Tls ? SmtpFailureKind.Tls : SmtpFailureKind.Refused,
            },
            Reply = isLost ? null : new SmtpReply(int.Parse(failure.AsSpan(0, 3), CultureInfo.InvariantCulture), failure[4..]),
            InDoubt = isLost && stage == SmtpStage.FinalDot,
            Answered = stage > SmtpStage.Mail,
        };
    }

    // What the first upstream plays up to the stage.
    private static string Until(SmtpStage stage) => stage switch
    {
        <= SmtpStage.Greeting and not SmtpStage.Tls => "",
        SmtpStage.Hello => "S: 220 hi\nC: EHLO *\n",
        SmtpStage.Tls => "S: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 STARTTLS\nC: STARTTLS\n",
        SmtpStage.Auth => "! tls\nS: 220 hi\nC: EHLO *\nS: 250-hi\nS: 250 AUTH PLAIN\nC: AUTH *\n",
        SmtpStage.Mail => Hello + "C: MAIL *\n",
        SmtpStage.Rcpt => Until(SmtpStage.Mail) + "S: 250 ok\nC: RCPT *\n",
        SmtpStage.Data => Until(SmtpStage.Rcpt) + "S: 250 ok\nC: DATA\n",
        _ => Until(SmtpStage.Data) + "S: 354 go\n! content\n",
    };

    private static string End(string failure) => failure switch
    {
        Drop => "! close",
        Silence => "! silence",
        "421 later" => "S: 421 later\n! close",
        _ => $"S: {failure}\nC: QUIT\nS: 221 bye\n",
    };

    private static int DeadPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
