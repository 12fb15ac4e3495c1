using System.Buffers;
using System.Threading.Channels;
using OutreachRelay.Configuration;
using OutreachRelay.Policy;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Store;

namespace OutreachRelay.Receive;

/// <summary>Verifies the signatures that messages came with, for the log: they are removed before the messages leave, and then nobody can.</summary>
/// <remarks>
/// It is done from the stored original, after the <c>250</c>, by one loop that looks at no more than some messages a second. What comes while enough wait is
/// not looked at, and counted: it is a sample under load, and costs neither the client nor the queue anything.
/// </remarks>
public sealed partial class IncomingSignatures(RelayState relay, TimeProvider time, ILogger<IncomingSignatures> logger)
{
    private const string Skipped = "skipped";

    // Each holds up to 256 KiB.
    private const int MostWaiting = 64;

    private const int ReadLength = 64 * 1024;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private static readonly DkimOptions Limits = new() { MaxSignatures = 4, Timeout = TimeSpan.FromSeconds(5) };

    private readonly Channel<StoredMessage> _waiting = Channel.CreateBounded<StoredMessage>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private (DnsModel Model, IDnsResolver Resolver)? _dns;

    /// <summary>Takes a message that came with signatures, if there is room. Returns at once.</summary>
    public void Offer(StoredMessage message)
    {
        if (relay.Model.Policy.LogsIncomingSignatures && !_waiting.Writer.TryWrite(message))
            ReceiveMetrics.SignatureSeen(Skipped);
    }

    public async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            await foreach (var message in _waiting.Reader.ReadAllAsync(cancel))
            {
                await LookAsync(message, cancel);
                await Task.Delay(Pause, time, cancel);
            }
        }
        catch (OperationCanceledException)
        {
            // The process stops; a line of the log is all that is lost.
        }
    }

    private async Task LookAsync(StoredMessage message, CancellationToken cancel)
    {
        try
        {
            var outcome = await VerifyAsync(message, cancel);
            Log.CameSigned(logger, QueueId.Format(message.Id), Describe(outcome));
            foreach (var signature in outcome.Signatures)
                ReceiveMetrics.SignatureSeen(signature.Result.ToWord());
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The edge of a message: most likely it has left, and its file with it.
            ReceiveMetrics.SignatureSeen(Skipped);
            Log.NotVerified(logger, QueueId.Format(message.Id), e.Message);
        }
    }

    private async Task<DkimOutcome> VerifyAsync(StoredMessage message, CancellationToken cancel)
    {
        if (!HeaderSection.TryRead(message.Content, HeaderLimits.None, out var header, out var error))
            throw new InvalidDataException(error.ToString());
        using var verification = new DkimVerifier(Resolver(), Limits, time).Begin(header);
        if (message.ContentFile is null)
            verification.Append(message.Content.Span[header.Length..]);
        else
            await AppendFileAsync(verification, message.ContentFile, header.Length, cancel);
        return await verification.CompleteAsync(cancel);
    }

    // What DNS said is kept until a reload.
    private IDnsResolver Resolver()
    {
        var model = relay.Model.Dns;
        if (_dns is not { } dns || !ReferenceEquals(dns.Model, model))
            _dns = dns = (model, ConfiguredResolver.Create(model, time));
        return dns.Resolver;
    }

    private static async Task AppendFileAsync(DkimVerification verification, string path, long start, CancellationToken cancel)
    {
        using var file = File.OpenHandle(path, options: FileOptions.Asynchronous | FileOptions.SequentialScan);
        var buffer = ArrayPool<byte>.Shared.Rent(ReadLength);
        try
        {
            for (var at = start; await RandomAccess.ReadAsync(file, buffer, at, cancel) is > 0 and var read; at += read)
                verification.Append(buffer.AsSpan(0, read));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // RFC 8601 §2.7.1: results and properties as in an Authentication-Results field. Domains and selectors are valid names, or empty.
    private static string Describe(DkimOutcome outcome) => string.Join("; ", outcome.Signatures.Select(static signature =>
        $"dkim={signature.Result.ToWord()}"
        + (signature.Detail.Length > 0 ? $" ({signature.Detail})" : "")
        + (signature.Domain.Length > 0 ? $" header.d={signature.Domain}" : "")
        + (signature.Selector.Length > 0 ? $" header.s={signature.Selector}" : "")));

    private static partial class Log
    {
        [LoggerMessage(1040, LogLevel.Information, "{QueueId}: came with {Results}")]
        public static partial void CameSigned(ILogger logger, string queueId, string results);

        [LoggerMessage(1041, LogLevel.Debug, "{QueueId}: its signatures were not verified: {Reason}")]
        public static partial void NotVerified(ILogger logger, string queueId, string reason);
    }
}
