using System.Net;
using System.Text;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Relay;

namespace OutreachRelay.FunctionalTests.Receive;

/// <summary>Clients that mean harm, each in its own way. They come from an address of their own and stay until they are disposed.</summary>
internal sealed class HostileClients(NetworkRelay door) : IAsyncDisposable
{
    private static readonly IPAddress Address = IPAddress.Parse("127.0.0.66");

    // The start of a ClientHello: a record of 512 octets, of which five come.
    internal static readonly byte[] HalfHandshake = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03];

    private readonly List<SmtpConversation> _open = [];

    public int Count => _open.Count;

    /// <summary>Connections that stand still at each stage.</summary>
    public async Task StandStillAsync(int perStage)
    {
        for (var i = 0; i < perStage; i++)
        {
            await OpenAsync(door.Relay.Port);
            await OpenAsync(door.Relay.Port, "EHL");
            await OpenAsync(door.Relay.Port, "EHLO x\r\nAUTH LOGIN\r\nY3");
            await OpenAsync(door.Relay.Port, Login() + Envelope + "DATA\r\nSubject: x\r\n\r\nhello");
            await OpenAsync(door.Relay.Port, Login() + Envelope + "BDAT 1000000 LAST\r\nSubject: x\r\n");
            await OpenAsync(door.StartTlsPort, "EHLO x\r\nSTARTTLS\r\n");
            await (await OpenAsync(door.ImplicitPort)).WriteAsync(HalfHandshake);
            await OpenAsync(door.ProxiedPort, "PROXY TCP4 192");
        }
    }

    /// <summary>More connections than one address may have.</summary>
    /// <returns>How many were turned away.</returns>
    public async Task<int> FloodAsync(int connections)
    {
        var turnedAway = 0;
        for (var i = 0; i < connections; i++)
        {
            var conversation = await OpenAsync(door.Relay.Port);
            if ((await conversation.ReadReplyAsync()).Code == 421)
                turnedAway++;
        }
        return turnedAway;
    }

    /// <summary>Sends content and does not read; ends when the relay takes no more, or has closed.</summary>
    public async Task<string> PourAsync(string start, byte[] piece, int pieces)
    {
        var conversation = await OpenAsync(door.Relay.Port, start);
        try
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            for (var i = 0; i < pieces; i++)
                await conversation.WriteAsync(piece, deadline.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return "cut off";
        }
        return "";
    }

    /// <summary>Says all of it and hears the replies until the relay closes or is asked to.</summary>
    public async Task<string> SayAsync(string octets, int port = 0)
    {
        var conversation = await OpenAsync(port == 0 ? door.Relay.Port : port);
        try
        {
            await conversation.WriteAsync(Encoding.Latin1.GetBytes(octets));
        }
        catch (IOException)
        {
            // The relay has closed; what it said before is still to be read.
        }
        return await conversation.ReadToEndAsync();
    }

    public static string Login() =>
        "EHLO x\r\nAUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{RelayConfig.User}\0{RelayConfig.Password}")) + "\r\n";

    public const string Envelope = "MAIL FROM:<a@crm.example>\r\nRCPT TO:<b@dest.example>\r\n";

    /// <summary>All of them hang up at once.</summary>
    public async Task LeaveAsync()
    {
        foreach (var conversation in _open)
            await conversation.DisposeAsync();
        _open.Clear();
    }

    public async ValueTask DisposeAsync() => await LeaveAsync();

    private async Task<SmtpConversation> OpenAsync(int port, string octets = "")
    {
        // Proxies are trusted by address; the others come from where no good client is.
        var conversation = await SmtpConversation.OpenAsync(port, Address);
        _open.Add(conversation);
        if (octets.Length > 0)
            await conversation.WriteAsync(Encoding.Latin1.GetBytes(octets));
        return conversation;
    }
}
