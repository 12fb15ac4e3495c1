using System.Net;
using System.Security.Cryptography;

namespace OutreachRelay.Protocols.Dns;

/// <summary>
/// Asks recursive servers over UDP, and over TCP where UDP does not do (RFC 1035, 7766). Against forged answers every question has its own
/// socket, id and case of letters (RFC 5452). It keeps nothing: see <see cref="DnsCache"/>.
/// </summary>
public sealed class StubResolver : IDnsResolver
{
    private readonly StubResolverOptions _options;
    private readonly DnsExchange _exchange;
    private readonly Random? _random;

    /// <param name="options">Whom to ask.</param>
    /// <param name="time">Measures the time-outs.</param>
    /// <param name="random">
    /// Where ids and letter cases come from; <see langword="null"/> for the system's cryptographic source, as a server should have it.
    /// </param>
    public StubResolver(StubResolverOptions options, TimeProvider time, Random? random = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(options.Servers.Count, nameof(options));
        _options = options;
        _exchange = new DnsExchange(options.Timeout, time);
        _random = random;
    }

    /// <inheritdoc/>
    public async ValueTask<DnsAnswer> ResolveAsync(string name, DnsType type, CancellationToken cancel = default)
    {
        var answer = DnsAnswer.TemporaryError("not asked");
        for (var attempt = 0; attempt < _options.Attempts; attempt++)
        {
            foreach (var server in _options.Servers)
            {
                answer = await AskAsync(server, name, type, cancel);
                if (answer.Status != DnsStatus.TemporaryError)
                    return answer;
            }
        }
        return answer;
    }

    private async Task<DnsAnswer> AskAsync(IPEndPoint server, string name, DnsType type, CancellationToken cancel)
    {
        var timeToLive = TimeSpan.MaxValue;
        for (var aliases = 0; aliases <= AnswerWalk.MaxAliases; aliases++)
        {
            var reading = await AskAsync(server, name, type, edns: true, cancel);
            if (reading.RefusesEdns)
                reading = await AskAsync(server, name, type, edns: false, cancel);
            var answer = reading.Answer ?? DnsAnswer.TemporaryError("no usable answer");
            timeToLive = answer.TimeToLive < timeToLive ? answer.TimeToLive : timeToLive;
            if (reading.Alias is null)
                return answer with { TimeToLive = timeToLive };
            name = reading.Alias;
        }
        return DnsAnswer.TemporaryError("too many aliases");
    }

    private async Task<DnsReading> AskAsync(IPEndPoint server, string name, DnsType type, bool edns, CancellationToken cancel)
    {
        if (CreateQuery(name, type, edns) is not { } query)
            return new DnsReading(DnsAnswer.NoSuchName(TimeSpan.Zero));
        var reading = await _exchange.OverUdpAsync(server, query, cancel);
        return reading.Truncated ? await _exchange.OverTcpAsync(server, query, cancel) : reading;
    }

    private DnsQuery? CreateQuery(string name, DnsType type, bool edns)
    {
        Span<byte> chance = stackalloc byte[2 + DnsName.MaxLength];
        if (_random is null)
            RandomNumberGenerator.Fill(chance);
        else
        {
            lock (_random)
                _random.NextBytes(chance);
        }
        return DnsQuery.Create(name, type, edns, chance);
    }
}
