using System.Text;
using OutreachRelay.Deliver.Rendering;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Deliver.Upstreams;

/// <summary>Keeps mail as <c>.eml</c> files, so that a newcomer sees what would have left. Nothing leaves the machine.</summary>
/// <remarks>A file is complete or not there: it is written under another name and renamed. The same queue id writes the same file.</remarks>
public sealed class CaptureUpstreamSession(string directory) : IUpstreamSession
{
    public string Credential => "";

    public bool HasCarried => false;

    public bool IsUsable => true;

    public async Task<SmtpResult> SendAsync(
        string reversePath, string recipient, RenderedMessage message, string queueId, CancellationToken cancel)
    {
        try
        {
            Directory.CreateDirectory(directory);
            var path = Path.Combine(directory, queueId + ".eml");
            await WriteAsync(path + ".part", reversePath, recipient, message, cancel);
            File.Move(path + ".part", path, overwrite: true);
            return new SmtpResult { Stage = SmtpStage.FinalDot, Reply = new SmtpReply(250, 2, 0, 0, "captured as " + queueId + ".eml") };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new SmtpResult { Stage = SmtpStage.Content, Failure = SmtpFailureKind.ConnectionLost, Detail = e.Message };
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task WriteAsync(string path, string reversePath, string recipient, RenderedMessage message, CancellationToken cancel)
    {
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 64 * 1024, FileOptions.Asynchronous);
        // RFC 5321 §4.4: final delivery inserts the reverse-path at the beginning. Delivered-To keeps the other half of the envelope.
        await file.WriteAsync(Encoding.UTF8.GetBytes($"Return-Path: <{reversePath}>\r\nDelivered-To: {recipient}\r\n"), cancel);
        await file.WriteAsync(message.Head, cancel);
        await file.WriteAsync(message.Body, cancel);
        if (message.BodyFile is not null)
        {
            await using var body = message.OpenBody();
            await body.CopyToAsync(file, cancel);
        }
        await file.FlushAsync(cancel);
    }
}
