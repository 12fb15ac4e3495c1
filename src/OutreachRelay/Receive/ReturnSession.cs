using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Receive;

/// <summary>What one connection may bring back: mail to return paths that we made, and feedback reports. Nobody logs in, and nothing is relayed.</summary>
/// <param name="turns">Of mail that outgrew memory: so many are in memory again at a time, of all connections, while they are read.</param>
public sealed class ReturnSession(BounceIntake intake, RelayState relay, string incomingDirectory, SemaphoreSlim turns) : ISmtpServerHandler
{
    private static readonly SmtpReply Ok = new(250, 2, 1, 0, "OK");
    private static readonly SmtpReply RecipientOk = new(250, 2, 1, 5, "OK");
    private static readonly SmtpReply NoSuchMailbox = new(550, 5, 1, 1, "No such mailbox here");
    private static readonly SmtpReply Taken = new(250, 2, 6, 0, "Taken");
    private static readonly SmtpReply NotKept = new(451, 4, 3, 0, "What it tells cannot be kept at the moment");
    private static readonly SmtpReply OneAtATime = new(452, 4, 5, 3, "One recipient at a time here");
    private static readonly SmtpReply NoLogins = new(503, 5, 5, 1, "No logins here");

    private static readonly SmtpReply TooManyGuesses = new(421, 4, 7, 0, "Too many unknown mailboxes, closing");

    // Whoever brings mail back has its address; who guesses has none.
    private const int MostGuesses = 10;

    private RelayModel? _model;
    private int _guesses;
    private ReturnAddress? _recipient;
    private ContentSpool? _content;

    public ValueTask<SmtpReply> AuthenticateAsync(SmtpCredentials credentials, CancellationToken cancel) => ValueTask.FromResult(NoLogins);

    public ValueTask<SmtpReply> MailAsync(MailCommand command, CancellationToken cancel)
    {
        if (SubmissionSession.StoreReply(intake.StoreHealth) is { } busy)
            return Refuse("store", busy);
        _model = relay.Model;
        return ValueTask.FromResult(Ok);
    }

    public ValueTask<SmtpReply> RcptAsync(RcptCommand command, CancellationToken cancel)
    {
        // The signature tells by itself: who tries addresses out costs us nothing, and learns nothing.
        if (command.Recipient is not { } recipient || intake.Find(_model!, recipient) is not { } found)
            return Refuse("return_path", ++_guesses < MostGuesses ? NoSuchMailbox : TooManyGuesses);
        // RFC 5321 §4.5.3.1.10. What comes back is for one mail; another one is another transaction.
        if (_recipient is not null && _recipient != found)
            return Refuse("recipients", OneAtATime);
        _recipient = found;
        return ValueTask.FromResult(RecipientOk);
    }

    // Anybody gets this far: what slow connections hold must be disk, and not much of it. What a report says stands before what it returns.
    public IContentSink BeginContent() =>
        _content = new ContentSpool(incomingDirectory) { Limit = BounceIntake.MaxContent, Health = () => intake.StoreHealth };

    public async ValueTask<SmtpReply> EndContentAsync(IContentSink content, CancellationToken cancel)
    {
        if (_content!.Length <= ContentSpool.MemoryLimit)
            return await TakeAsync(_content, cancel);
        await turns.WaitAsync(cancel);
        try
        {
            return await TakeAsync(_content, cancel);
        }
        finally
        {
            turns.Release();
        }
    }

    private async ValueTask<SmtpReply> TakeAsync(ContentSpool spool, CancellationToken cancel)
    {
        if (await spool.CompleteAsync(BounceIntake.MaxContent, cancel) is not { } content)
            return await Refuse("store", SubmissionSession.StoreReply(intake.StoreHealth) ?? NotKept);
        return (await intake.TakeAsync(content.Memory, _recipient!.Value)).IsKept ? Taken : NotKept;
    }

    public void Reset()
    {
        _content?.Dispose();
        (_content, _recipient, _model) = (null, null, null);
    }

    public void StartOver()
    {
    }

    private static ValueTask<SmtpReply> Refuse(string reason, SmtpReply reply)
    {
        ReceiveMetrics.Rejected(reason);
        return ValueTask.FromResult(reply);
    }
}
