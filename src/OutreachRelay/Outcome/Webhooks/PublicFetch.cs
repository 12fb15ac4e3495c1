using System.Net;
using OutreachRelay.Configuration;

namespace OutreachRelay.Outcome.Webhooks;

/// <summary>Gets small things from the internet that a stranger's request named: by HTTPS, by no proxy, following no redirect, never from a private address.</summary>
internal sealed class PublicFetch(TimeProvider time) : IDisposable
{
    private const int MostOctets = 64 * 1024;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly HttpClient _client = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectCallback = static (context, cancel) => GuardedConnect.ConnectAsync(
                context.DnsEndPoint, AddressReach.Public, "which is not on the internet", cancel),
            MaxResponseHeadersLength = 16,
            MaxResponseDrainSize = 0,
        })
    {
        // The deadline is on our clock.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <returns><see langword="null"/> when the answer is not 200, too long, or does not come within 5 s.</returns>
    public async Task<byte[]?> GetAsync(Uri url, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        try
        {
            using var response = await _client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.StatusCode != HttpStatusCode.OK)
                return null;
            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            var octets = new byte[MostOctets + 1];
            var length = await body.ReadAtLeastAsync(octets, octets.Length, throwOnEndOfStream: false, either.Token);
            return length <= MostOctets ? octets[..length] : null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return null;
        }
    }

    public void Dispose() => _client.Dispose();
}
