using System.Security.Cryptography;
using System.Text;
using OutreachRelay.Policy.Rotate;

namespace OutreachRelay.Receive;

/// <summary>What tells that a message was sent before: client, Message-ID, recipient and content are the same.</summary>
internal static class Digest
{
    private const int Length = 16;

    /// <summary>The recipients of a submission with their digests. Without a Message-ID there are none: two equal mails may both be meant.</summary>
    public static List<PlannedRecipient> Recipients(Submission submission, string? messageId, ReadOnlySpan<byte> contentHash)
    {
        var planned = new List<PlannedRecipient>(submission.Recipients.Count);
        foreach (var recipient in submission.Recipients)
        {
            var key = recipient.Key;
            var digest = messageId is null ? [] : Compute(submission.Client.Name, messageId, key, contentHash);
            planned.Add(new PlannedRecipient(recipient.WithAsciiDomain().ToString(), key, digest));
        }
        return planned;
    }

    // The parts are separated by a control character, which none of them holds.
    private static byte[] Compute(string client, string messageId, string recipientKey, ReadOnlySpan<byte> contentHash)
    {
        var text = Encoding.UTF8.GetBytes(client + "\0" + messageId + "\0" + recipientKey + "\0");
        return SHA256.HashData([.. text, .. contentHash])[..Length];
    }
}
