using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OutreachRelay.Http;

namespace OutreachRelay.Cli;

/// <summary>Speaks the API over the relay's Unix socket. Every failure is a <see cref="CommandFailure"/>.</summary>
public sealed class AdminClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly AdminTarget _target;
    private readonly HttpClient _http;

    public AdminClient(AdminTarget target)
    {
        _target = target;
        var handler = new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseProxy = false, AllowAutoRedirect = false };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://localhost/api/v1/"), Timeout = Patience };
    }

    /// <param name="path">Relative to <c>/api/v1/</c>.</param>
    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path), body => ReadAsync(body, type, cancel), cancel);

    /// <summary>Reads an array whose items come one after the other.</summary>
    /// <param name="came">Called with each.</param>
    public Task<List<T>> GetItemsAsync<T>(string path, JsonTypeInfo<T> type, Action came, CancellationToken cancel) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path), async body =>
        {
            var items = new List<T>();
            await foreach (var item in JsonSerializer.DeserializeAsyncEnumerable(body, type, cancel))
            {
                items.Add(item ?? throw new JsonException());
                came();
            }
            return items;
        }, cancel);

    /// <summary>Copies what a path has, octet for octet.</summary>
    public Task DownloadAsync(string path, Stream target, CancellationToken cancel) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path), async body =>
        {
            await body.CopyToAsync(target, cancel);
            return true;
        }, cancel);

    public Task<ActionReply> PostAsync(string path, ActionRequest request, CancellationToken cancel) =>
        PostAsync(path, request, ApiJson.Default.ActionRequest, ApiJson.Default.ActionReply, cancel);

    public Task<TReply> PostAsync<TRequest, TReply>(
        string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TReply> replyType, CancellationToken cancel)
    {
        var body = JsonSerializer.Serialize(request, requestType);
        var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        return SendAsync(message, answer => ReadAsync(answer, replyType, cancel), cancel);
    }

    /// <summary>Hands over a mail, octet for octet.</summary>
    public Task<TReply> PostMailAsync<TReply>(string path, ReadOnlyMemory<byte> mail, JsonTypeInfo<TReply> replyType, CancellationToken cancel)
    {
        var content = new ReadOnlyMemoryContent(mail) { Headers = { ContentType = new MediaTypeHeaderValue("message/rfc822") } };
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        // RFC 9110 §10.1.1: what is too long is refused before it is sent. Afterwards the connection may break before the answer is read.
        request.Headers.ExpectContinue = true;
        return SendAsync(request, answer => ReadAsync(answer, replyType, cancel), cancel);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>What a connection's failure means for the command.</summary>
    public static CommandFailure ConnectFailure(SocketError error, AdminTarget target) => error == SocketError.AccessDenied
        ? new CommandFailure(ExitCode.Permission, $"no permission to open the relay's socket {target.SocketPath}; its owner and group may")
        : new CommandFailure(ExitCode.Unavailable, $"no relay is running for {target.ConfigurationPath} (socket {target.SocketPath})");

    private static async Task<T> ReadAsync<T>(Stream body, JsonTypeInfo<T> type, CancellationToken cancel) =>
        await JsonSerializer.DeserializeAsync(body, type, cancel) ?? throw new JsonException();

    private async Task<T> SendAsync<T>(HttpRequestMessage request, Func<Stream, Task<T>> read, CancellationToken cancel)
    {
        try
        {
            using var _ = request;
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            await using var body = await response.Content.ReadAsStreamAsync(cancel);
            if (!response.IsSuccessStatusCode)
                throw await RefusalAsync(response.StatusCode, body, cancel);
            return await read(body);
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException socket)
        {
            throw ConnectFailure(socket.SocketErrorCode, _target);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            throw new CommandFailure(ExitCode.Temporary, "the relay closed the connection or answered something else than expected");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new CommandFailure(ExitCode.Temporary, $"the relay did not answer within {Patience.TotalSeconds} s");
        }
    }

    private static async Task<CommandFailure> RefusalAsync(HttpStatusCode status, Stream body, CancellationToken cancel)
    {
        var code = status switch
        {
            HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge => ExitCode.Usage,
            HttpStatusCode.NotFound => ExitCode.Data,
            _ => ExitCode.Temporary,
        };
        try
        {
            if (await JsonSerializer.DeserializeAsync(body, ApiJson.Default.ApiProblem, cancel) is { Detail: { } detail })
                return new CommandFailure(code, detail);
        }
        catch (JsonException)
        {
        }
        return new CommandFailure(code, $"the relay answered {(int)status}");
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_target.SocketPath), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <param name="ConfigurationPath">As the user named it.</param>
/// <param name="SocketPath">Where its relay listens.</param>
public sealed record AdminTarget(string ConfigurationPath, string SocketPath);
