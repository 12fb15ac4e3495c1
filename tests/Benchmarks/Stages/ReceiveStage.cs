using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Benchmarks.Race;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Receive;

namespace OutreachRelay.Benchmarks.Stages;

/// <summary>The server's side of SMTP on the relay's transport, with a handler that takes the content and drops it. smtp-source submits.</summary>
internal sealed class ReceiveStage : IAsyncDisposable
{
    private const int Sessions = 50;

    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = FreePort.Next();
    private readonly WebApplication _server;

    private ReceiveStage()
    {
        var builder = BareServer.CreateBuilder(NullLoggerFactory.Instance, TimeSpan.FromSeconds(5));
        builder.Services.AddSingleton<IConnectionListenerFactory>(SmtpListeners.Transport(TimeProvider.System, NullLoggerFactory.Instance));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port, listener => listener.Run(SpeakAsync)));
        _server = builder.Build();
    }

    public static async Task<IReadOnlyList<StageFigures>> MeasureAsync(int warm, int messages, int size)
    {
        await using var stage = new ReceiveStage();
        await stage._server.StartAsync();
        return
        [
            await StageMeter.MeasureAsync("receive, one message each", "SMTP over loopback, a connection for each message", warm, messages, count => stage.SubmitAsync(count, size, reuse: false)),
            await StageMeter.MeasureAsync("receive, reused", "SMTP over loopback, connections kept", warm, messages, count => stage.SubmitAsync(count, size, reuse: true)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    private Task SubmitAsync(int count, int size, bool reuse) => RaceRound.SubmitAsync("receive", _port, new Discipline(reuse, size / 1024, count), Sessions);

    private async Task SpeakAsync(ConnectionContext connection)
    {
        var options = new SmtpServerOptions { Hostname = "relay.example", MaxRecipients = 100 };
        await new SmtpServerSession(connection.Transport, options, new Handler(_directory.Path), TimeProvider.System).RunAsync(connection.ConnectionClosed, CancellationToken.None);
    }

    private sealed class Handler(string directory) : ISmtpServerHandler
    {
        private static readonly SmtpReply Ok = new(250, 2, 0, 0, "OK");

        private ContentSpool? _content;

        public ValueTask<SmtpReply> AuthenticateAsync(SmtpCredentials credentials, CancellationToken cancel) => ValueTask.FromResult(Ok);

        public ValueTask<SmtpReply> MailAsync(MailCommand command, CancellationToken cancel) => ValueTask.FromResult(Ok);

        public ValueTask<SmtpReply> RcptAsync(RcptCommand command, CancellationToken cancel) => ValueTask.FromResult(Ok);

        public IContentSink BeginContent() => _content = new ContentSpool(directory);

        public async ValueTask<SmtpReply> EndContentAsync(IContentSink content, CancellationToken cancel) =>
            await _content!.CompleteAsync(int.MaxValue, cancel) is null ? new SmtpReply(451, 4, 3, 0, "Not kept") : Ok;

        public void Reset() => _content?.Dispose();

        public void StartOver()
        {
        }
    }
}
