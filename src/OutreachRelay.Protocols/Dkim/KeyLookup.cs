using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>Finds the key of a signature (RFC 6376 §6.1.2).</summary>
internal sealed class KeyLookup(IDnsResolver dns, DkimOptions options, TimeProvider time)
{
    /// <summary>How long all lookups of a message may take.</summary>
    public CancellationTokenSource StartDeadline() => new(options.Timeout, time);

    /// <returns>The key, or why there is none.</returns>
    public async Task<(DkimKeyRecord? Key, DkimVerdict Failure)> FindAsync(DkimSignature signature, CancellationToken deadline, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline, cancel);
        try
        {
            return Choose(await dns.ResolveAsync(signature.KeyName, DnsType.TXT, either.Token));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (null, DkimVerdict.TempError("the key's lookup took too long"));
        }
    }

    // RFC 6376 §3.6.2.2: what several records mean is not defined. The first that is a key counts.
    private static (DkimKeyRecord? Key, DkimVerdict Failure) Choose(DnsAnswer answer)
    {
        if (answer.Status == DnsStatus.TemporaryError)
            return (null, DkimVerdict.TempError($"TXT: {answer.Detail}"));
        var failure = DkimVerdict.PermError("there is no key");
        foreach (var text in answer.Records)
        {
            if (DkimKeyRecord.TryParse(text.Text, out var key, out var error))
                return (key, default);
            failure = DkimVerdict.PermError(error);
        }
        return (null, failure);
    }
}
