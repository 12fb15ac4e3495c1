using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using OutreachRelay.Tests;

namespace OutreachRelay.Protocols.Tests.Smtp.Client;

/// <summary>An SMTP server on loopback that plays transcripts: one for each connection, in order.</summary>
/// <remarks>
/// <code>
/// S: 250 ok         says this line; lines that follow one another go out in one write
/// C: MAIL FROM:*    expects this line; a * at the end stands for anything
/// ! content         reads content up to the final dot into <see cref="Messages"/>
/// ! chunk 26        reads so many octets into <see cref="Messages"/>
/// ! take 1000       reads so many octets
/// ! raw 250 o\r\n   says these octets; escapes \r \n \0 \\ \xNN
/// ! pause           ends a write, so that what follows goes out in another
/// ! hold, ! release what is said between leaves at once, in as many TLS records as there were writes
/// ! bytewise        from here on says one octet per write
/// ! alone           nothing more has come: the client waits for its reply
/// ! tls             takes a handshake, with <see cref="Certificate"/>
/// ! wait 30s        lets <see cref="Time"/> pass (s, m)
/// ! silence         lets <see cref="Time"/> pass until the client leaves
/// ! jam             reads nothing more and says nothing more
/// ! left            waits until the client leaves; octets that still come are ignored
/// ! close, ! reset  ends the connection; so does the end of the transcript
/// </code>
/// </remarks>
public sealed class ScriptedUpstream : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _playing;

    public ScriptedUpstream(params string[] transcripts) : this(IPAddress.Loopback, 0, transcripts)
    {
    }

    public ScriptedUpstream(IPAddress address, int port, params string[] transcripts)
    {
        _listener = new TcpListener(address, port);
        _listener.Start();
        _playing = PlayAllAsync(transcripts);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public X509Certificate2? Certificate { get; init; }

    public FakeTime? Time { get; init; }

    /// <summary>Contents that came to their final dot, without dot-stuffing, or in a whole chunk; as Latin-1.</summary>
    public ConcurrentQueue<string> Messages { get; } = new();

    /// <summary>Octets that came while it waited for the client to leave; as Latin-1.</summary>
    public ConcurrentQueue<string> Ignored { get; } = new();

    /// <summary>All command lines, of all connections.</summary>
    public ConcurrentQueue<string> Commands { get; } = new();

    /// <summary>Waits until all transcripts were played.</summary>
    /// <exception cref="InvalidOperationException">The client did not keep to a transcript.</exception>
    public Task PlayedAsync() => _playing.WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await ((Task)_playing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task PlayAllAsync(string[] transcripts)
    {
        await Task.Yield();
        foreach (var transcript in transcripts)
        {
            using var socket = await _listener.AcceptSocketAsync(_stop.Token);
            await new ScriptedConversation(this, socket, _stop.Token).PlayAsync(transcript);
        }
    }
}
