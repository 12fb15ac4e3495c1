using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;

namespace OutreachRelay.Tests;

/// <summary>Answers for the public keys of private ones, by selector; for whatever domain.</summary>
internal sealed class KeyBook(IReadOnlyDictionary<string, DkimPrivateKey> keys) : IDnsResolver
{
    public ValueTask<DnsAnswer> ResolveAsync(string name, DnsType type, CancellationToken cancel = default)
    {
        var record = new DnsRecord(DnsType.TXT) { Text = keys[name.Split('.')[0]].Record.Text };
        return ValueTask.FromResult(new DnsAnswer(DnsStatus.Records, [record], TimeSpan.FromMinutes(1)));
    }
}
