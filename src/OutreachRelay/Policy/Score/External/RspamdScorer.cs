using System.Net;
using System.Text;
using System.Text.Json;

namespace OutreachRelay.Policy.Score.External;

/// <summary>rspamd's HTTP protocol: <c>POST /checkv2</c>, answered in JSON (docs.rspamd.com, "Protocol").</summary>
/// <param name="http">Without redirects and proxies; shared by all that ask.</param>
public sealed class RspamdScorer(HttpClient http, IPEndPoint address) : IScorer
{
    private const int MaxAnswer = 256 * 1024;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16 };

    public async ValueTask<ScorerReply> AskAsync(ScorerRequest request, CancellationToken cancel)
    {
        try
        {
            using var message = Compose(request);
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancel);
            if (response.StatusCode != HttpStatusCode.OK)
                throw new InvalidDataException($"HTTP {(int)response.StatusCode}");
            return Read(await BoundedAnswer.ReadAsync(await response.Content.ReadAsStreamAsync(cancel), MaxAnswer, cancel));
        }
        catch (HttpRequestException e)
        {
            throw new IOException("no connection", e);
        }
    }

    /// <summary>Reads the answer's score, threshold and symbols.</summary>
    /// <exception cref="InvalidDataException">It is not an answer.</exception>
    internal static ScorerReply Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && Number(root, "score") is { } score && Number(root, "required_score") is > 0 and var limit)
                return new ScorerReply(score, limit, Symbols(root));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException("no JSON", e);
        }
        throw new InvalidDataException("no score in the answer");
    }

    private HttpRequestMessage Compose(ScorerRequest request)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, $"http://{address}/checkv2") { Content = new ReadOnlyMemoryContent(request.Content) };
        // The user tells rspamd that the mail is submitted: it has no sending server whose SPF or reputation would count.
        Add(message, "User", request.Client);
        Add(message, "From", request.ReversePath);
        foreach (var recipient in request.Recipients)
            Add(message, "Rcpt", recipient);
        return message;
    }

    // An address beyond ASCII has no place in a field of HTTP; the message tells it too.
    private static void Add(HttpRequestMessage message, string name, string value)
    {
        if (value.Length > 0 && Ascii.IsValid(value))
            message.Headers.TryAddWithoutValidation(name, value);
    }

    private static double? Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number : null;

    private static string Symbols(JsonElement root)
    {
        if (!root.TryGetProperty("symbols", out var symbols) || symbols.ValueKind != JsonValueKind.Object)
            return "";
        var heaviest = symbols.EnumerateObject()
            .Select(static symbol => (symbol.Name, Score: symbol.Value.ValueKind == JsonValueKind.Object ? Number(symbol.Value, "score") ?? 0 : 0))
            .Where(static symbol => symbol.Score != 0).OrderByDescending(static symbol => symbol.Score).Take(10);
        return string.Join(", ", heaviest.Select(static symbol => symbol.Name));
    }
}
