using System.Net.Http.Headers;
using OutreachRelay.Configuration;

namespace OutreachRelay;

/// <param name="Code">Of the answer; 0 when there was none.</param>
/// <param name="Failure"><see langword="null"/> when the target answered 2xx, else why not, without the URL.</param>
internal readonly record struct PostAnswer(int Code, string? Failure);

/// <summary>Posts JSON: straight to the host of the URL, by no proxy, following no redirect, with its certificate verified.</summary>
internal sealed class JsonPost(TimeProvider time) : IDisposable
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

    /// <param name="json">The body.</param>
    /// <param name="header">A field beside the usual ones, or <see langword="null"/>.</param>
    public async Task<PostAnswer> PostAsync(Uri target, byte[] json, (string Name, string Value)? header, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        using var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = Content(json) };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("OutreachRelay", null));
        if (header is var (name, value))
            request.Headers.Add(name, value);
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var code = (int)response.StatusCode;
            return new PostAnswer(code, response.IsSuccessStatusCode ? null : $"answered {code}");
        }
        catch (HttpRequestException e)
        {
            return new PostAnswer(0, e.GetBaseException().Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new PostAnswer(0, $"no answer within {Deadline.TotalSeconds:0} s");
        }
    }

    public void Dispose() => _client.Dispose();

    // Of known length: not every receiver takes chunks.
    private static ByteArrayContent Content(byte[] json)
    {
        var content = new ByteArrayContent(json);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private static ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var inPlaintext = context.InitialRequestMessage.RequestUri?.Scheme == Uri.UriSchemeHttp;
        return GuardedConnect.ConnectAsync(
            context.DnsEndPoint,
            inPlaintext ? AddressReach.Private : null,
            "which is neither loopback nor private: nothing goes there without TLS",
            cancel);
    }
}
