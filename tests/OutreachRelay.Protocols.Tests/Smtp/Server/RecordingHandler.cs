using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Smtp.Server;

/// <summary>Accepts what its rules do not refuse, and keeps it.</summary>
internal sealed class RecordingHandler : ISmtpServerHandler
{
    private static readonly SmtpReply Fine = new(250, 2, 1, 0, "OK");
    private MailCommand? _mail;
    private List<RcptCommand> _recipients = [];

    public Func<SmtpCredentials, SmtpReply> OnAuth { get; init; } = credentials =>
        credentials is { AuthorizationId: "" or "user", Username: "user", Password: "pass" }
            ? new SmtpReply(235, 2, 7, 0, "Welcome") : new SmtpReply(535, 5, 7, 8, "Bad credentials");

    public Func<MailCommand, SmtpReply> OnMail { get; init; } = _ => Fine;

    public Func<RcptCommand, SmtpReply> OnRcpt { get; init; } = _ => Fine;

    public Func<Task<SmtpReply>> OnEnd { get; init; } = () => Task.FromResult(new SmtpReply(250, 2, 0, 0, "queued"));

    public ConcurrentQueue<Accepted> Messages { get; } = new();

    public List<MailCommand> Mails { get; } = [];

    public List<RcptCommand> Rcpts { get; } = [];

    public int Begun { get; private set; }

    public int Opened { get; private set; }

    public int Resets { get; private set; }

    public ValueTask<SmtpReply> AuthenticateAsync(SmtpCredentials credentials, CancellationToken cancel) => new(OnAuth(credentials));

    public ValueTask<SmtpReply> MailAsync(MailCommand command, CancellationToken cancel)
    {
        Assert.Null(_mail);
        Mails.Add(command);
        var reply = OnMail(command);
        if (reply.IsPositive)
        {
            Opened++;
            _mail = command;
        }
        return new(reply);
    }

    public ValueTask<SmtpReply> RcptAsync(RcptCommand command, CancellationToken cancel)
    {
        Assert.NotNull(_mail);
        Rcpts.Add(command);
        var reply = OnRcpt(command);
        if (reply.IsPositive)
            _recipients.Add(command);
        return new(reply);
    }

    public IContentSink BeginContent()
    {
        Begun++;
        Assert.NotEmpty(_recipients);
        return new Sink();
    }

    public async ValueTask<SmtpReply> EndContentAsync(IContentSink content, CancellationToken cancel)
    {
        var reply = await OnEnd();
        if (reply.IsPositive)
            Messages.Enqueue(new Accepted(_mail!, _recipients, ((Sink)content).Octets));
        return reply;
    }

    public int StartedOver { get; private set; }

    public void StartOver()
    {
        Assert.Null(_mail);
        StartedOver++;
    }

    public void Reset()
    {
        Assert.NotNull(_mail);
        Resets++;
        _mail = null;
        _recipients = [];
    }

    internal sealed record Accepted(MailCommand Mail, IReadOnlyList<RcptCommand> Recipients, byte[] Content)
    {
        public string Text => Encoding.Latin1.GetString(Content);
    }

    private sealed class Sink : IContentSink
    {
        private readonly ArrayBufferWriter<byte> _octets = new();

        public IBufferWriter<byte> Writer => _octets;

        public byte[] Octets => _octets.WrittenSpan.ToArray();

        public ValueTask FlushAsync(CancellationToken cancel) => default;
    }
}
