using System.Net;
using OutreachRelay.Configuration;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Receive;

/// <summary>What one connection may submit: the answers to AUTH, MAIL, RCPT and the end of the content.</summary>
public sealed class SubmissionSession(
    MessageReceiver receiver, RelayState relay, LoginThrottle logins, ClientRates rates, TimeProvider time, IPAddress remote) : ISmtpServerHandler
{
    private static readonly SmtpReply Ok = new(250, 2, 1, 0, "OK");
    private static readonly SmtpReply RecipientOk = new(250, 2, 1, 5, "OK");

    private static readonly SmtpReply NoSmtpUtf8 = new(550, 5, 6, 7, "No upstream can carry an address beyond ASCII");

    // One text for whatever is wrong with a login: who guesses learns nothing of which user there is.
    private static readonly SmtpReply LoginFailed = new(535, 5, 7, 8, "Authentication credentials invalid");
    private static readonly SmtpReply LoginsBlocked = new(421, 4, 7, 0, "Too many failed logins, try again later");

    private readonly Func<StoreHealth> _storeHealth = () => receiver.StoreHealth;
    private ClientModel? _client;
    private Submission? _submission;
    private ContentSpool? _content;

    /// <summary>The protocol session, which knows what the client called itself. Set before the session runs.</summary>
    public SmtpServerSession? Protocol { get; set; }

    public async ValueTask<SmtpReply> AuthenticateAsync(SmtpCredentials credentials, CancellationToken cancel)
    {
        if (logins.IsBlocked(remote, credentials.Username))
        {
            ReceiveMetrics.LoggedIn("blocked");
            return LoginsBlocked;
        }
        _client = ClientDirectory.FindByLogin(relay.Model, credentials);
        ReceiveMetrics.LoggedIn(_client is not null ? "success" : "failure");
        if (_client is not null)
        {
            logins.Succeeded(remote, credentials.Username);
            return new SmtpReply(235, 2, 7, 0, "Authentication succeeded");
        }
        // Counted before the wait, so that guesses over many connections at a time are counted as well.
        var (delay, isBlocked) = logins.Failed(remote, credentials.Username);
        await Task.Delay(delay, time, cancel);
        return isBlocked ? LoginsBlocked : LoginFailed;
    }

    public ValueTask<SmtpReply> MailAsync(MailCommand command, CancellationToken cancel)
    {
        var model = relay.Model;
        // A login wins over the network. Either way the client is looked up afresh: a reload may have changed its rights, or removed it.
        var client = _client is null ? ClientDirectory.FindByNetwork(model, remote) : model.Clients.GetValueOrDefault(_client.Name);
        if (client is null)
            return Refuse("relay", new SmtpReply(530, 5, 7, 0, "Authentication required"));
        if (StoreReply(receiver.StoreHealth) is { } busy)
            return Refuse("store", busy);
        if (command.ReversePath is null && !client.Notifications)
            return Refuse("null-path", new SmtpReply(550, 5, 7, 1, "Notifications are not relayed for this client"));
        if (!rates.TryTake(client))
            return Refuse("rate", new SmtpReply(450, 4, 7, 1, "The rate of this client is used up at the moment, try again later"));
        _submission = new Submission(
            model, client, command.ReversePath, remote, Protocol?.HeloName ?? "", Protocol?.ProtocolKeyword ?? "SMTP", command.SmtpUtf8);
        return ValueTask.FromResult(Ok);
    }

    public ValueTask<SmtpReply> RcptAsync(RcptCommand command, CancellationToken cancel)
    {
        var submission = _submission!;
        if (command.Recipient is not { } recipient)
            return Refuse("postmaster", new SmtpReply(550, 5, 1, 1, "No postmaster mailbox here"));
        if (submission.Contains(recipient))
            return ValueTask.FromResult(RecipientOk);
        // RFC 6531 §3.5: better said here than by a bounce. An address of which only the domain is not ASCII leaves with A-labels.
        if (recipient.NeedsUtf8 && !receiver.MayCarrySmtpUtf8(submission.Client))
            return Refuse("smtputf8", NoSmtpUtf8);
        // RFC 5321 §4.5.3.1.10: too many recipients is a transient matter, the rest of the transaction stands.
        if (submission.Recipients.Count >= submission.Model.Policy.MaxRecipients)
            return Refuse("recipients", new SmtpReply(452, 4, 5, 3, "Too many recipients"));
        return AddUnlessSuppressedAsync(submission, recipient, cancel);
    }

    private async ValueTask<SmtpReply> AddUnlessSuppressedAsync(Submission submission, Mailbox recipient, CancellationToken cancel)
    {
        if (!submission.Model.Policy.DropsSuppressed && await receiver.RefuseSuppressedAsync(submission.Client, recipient, cancel) is { } refusal)
            return await Refuse(refusal.Code == 550 ? "suppressed" : "store", refusal);
        submission.Add(recipient);
        return RecipientOk;
    }

    public IContentSink BeginContent() => _content = new ContentSpool(receiver.IncomingDirectory) { Health = _storeHealth };

    public async ValueTask<SmtpReply> EndContentAsync(IContentSink content, CancellationToken cancel) =>
        await receiver.ReceiveAsync(_submission!, _content!);

    public void Reset()
    {
        _content?.Dispose();
        _content = null;
        _submission = null;
    }

    public void StartOver() => _client = null;

    /// <summary>What is answered while the store takes no messages (RFC 3463 §3.4: 4.3.1 is a full system, 4.3.0 any other trouble).</summary>
    public static SmtpReply? StoreReply(StoreHealth health) => health.Status switch
    {
        StoreStatus.Ready => null,
        StoreStatus.DiskNearlyFull or StoreStatus.DiskFull => new SmtpReply(452, 4, 3, 1, "Insufficient system storage"),
        _ => new SmtpReply(451, 4, 3, 0, "The queue cannot be written at the moment"),
    };

    private static ValueTask<SmtpReply> Refuse(string reason, SmtpReply reply)
    {
        ReceiveMetrics.Rejected(reason);
        return ValueTask.FromResult(reply);
    }
}
