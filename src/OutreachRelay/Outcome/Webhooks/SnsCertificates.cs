using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>The certificates with which SNS signs, fetched where its messages say and kept. Bounded, so that nobody can have us fetch without end.</summary>
/// <param name="fetch">Gets what is at a URL, or <see langword="null"/>: bounded, without redirects, from public addresses only.</param>
/// <param name="roots">Who vouches for the certificates; <see langword="null"/>: the system's roots.</param>
internal sealed class SnsCertificates(Func<Uri, CancellationToken, Task<byte[]?>> fetch, X509Certificate2Collection? roots, TimeProvider time) : IDisposable
{
    private const string SnsName = "sns.amazonaws.com";
    private const int Capacity = 16;

    // Anybody who knows a topic's name can send a message that names a certificate; a real one changes about once a year.
    private const int FetchesPerMinute = 6;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ConcurrentDictionary<Uri, X509Certificate2> _known = [];
    private readonly Queue<long> _fetches = [];

    /// <summary>The certificate at a URL, if SNS may sign with it now.</summary>
    /// <returns><see langword="null"/> and <see cref="WebhookResult.Unavailable"/> when it cannot be had now, <see cref="WebhookResult.Forged"/> when it is none of SNS's.</returns>
    public async Task<(X509Certificate2? Certificate, WebhookResult Result)> FindAsync(Uri url, CancellationToken cancel)
    {
        // What is known does not wait behind what somebody has us fetch.
        if (IsKnown(url, out var known))
            return (known, WebhookResult.Accepted);
        await _gate.WaitAsync(cancel);
        try
        {
            if (IsKnown(url, out known))
                return (known, WebhookResult.Accepted);
            if (!MayFetch() || await fetch(url, cancel) is not { } octets)
                return (null, WebhookResult.Unavailable);
            // Building a chain may fetch what is between it and its root, and waits for it.
            if (await Task.Factory.StartNew(() => Check(octets), cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default) is not { } checkedOne)
                return (null, WebhookResult.Forged);
            Keep(url, checkedOne);
            return (checkedOne, WebhookResult.Accepted);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        foreach (var certificate in _known.Values)
            certificate.Dispose();
        _gate.Dispose();
    }

    private bool IsKnown(Uri url, [NotNullWhen(true)] out X509Certificate2? certificate) =>
        _known.TryGetValue(url, out certificate) && certificate.NotAfter.ToUniversalTime() > time.GetUtcNow().UtcDateTime;

    private bool MayFetch()
    {
        while (_fetches.TryPeek(out var first) && time.GetElapsedTime(first) > TimeSpan.FromMinutes(1))
            _fetches.Dequeue();
        if (_fetches.Count >= FetchesPerMinute)
            return false;
        _fetches.Enqueue(time.GetTimestamp());
        return true;
    }

    private void Keep(Uri url, X509Certificate2 certificate)
    {
        if (_known.Count >= Capacity)
            _known.Clear();
        _known[url] = certificate;
    }

    private X509Certificate2? Check(byte[] pem)
    {
        var chainOf = new X509Certificate2Collection();
        try
        {
            chainOf.ImportFromPem(Encoding.ASCII.GetString(pem));
        }
        catch (CryptographicException)
        {
            return null;
        }
        if (chainOf is not [{ } own, ..] || !own.MatchesHostname(SnsName))
            return null;
        using var chain = new X509Chain();
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.UrlRetrievalTimeout = TimeSpan.FromSeconds(5);
        chain.ChainPolicy.ExtraStore.AddRange(chainOf);
        if (roots is not null)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        }
        return chain.Build(own) ? own : null;
    }
}
