using System.Net.Http.Headers;
using System.Text.Json;
using OutreachRelay.Configuration;

namespace OutreachRelay.Observe;

/// <summary>Posts notices: straight to the host of the URL, by no proxy, following no redirect, with its certificate verified.</summary>
internal sealed class AlertPost(TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectCallback = ConnectAsync,
            // A host that moves is found again.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            // Answers are not read; what one says beyond this costs its connection.
            MaxResponseDrainSize = 16 * 1024,
        })
    {
        // The deadline is on our clock.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <returns><see langword="null"/> when the target answered 2xx, else why not, without the URL.</returns>
    public async Task<string?> SendAsync(Uri target, AlertNotice notice, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        using var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = Content(notice) };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("OutreachRelay", null));
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return response.IsSuccessStatusCode ? null : $"answered {(int)response.StatusCode}";
        }
        catch (HttpRequestException e)
        {
            return e.GetBaseException().Message;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"no answer within {Deadline.TotalSeconds:0} s";
        }
    }

    public void Dispose() => _client.Dispose();

    // Of known length: not every receiver takes chunks.
    private static ByteArrayContent Content(AlertNotice notice)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(notice, AlertJson.Default.AlertNotice));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private static ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var inPlaintext = context.InitialRequestMessage.RequestUri?.Scheme == Uri.UriSchemeHttp;
        return GuardedConnect.ConnectAsync(
            context.DnsEndPoint,
            inPlaintext ? AddressReach.Private : null,
            "which is neither loopback nor private: alerts must not go there without TLS",
            cancel);
    }
}
