namespace OutreachRelay.Protocols.Dns;

/// <summary>Answers DNS questions: over the network (<see cref="StubResolver"/>) or out of memory (<see cref="DnsCache"/>).</summary>
public interface IDnsResolver
{
    /// <summary>Asks for the records of one type at a name. Aliases (CNAME) are followed.</summary>
    /// <param name="name">A domain name in A-labels, with or without its final dot, in any case. No search list applies.</param>
    /// <param name="type">The type wanted.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <returns>An answer of any <see cref="DnsStatus"/>; a failure is a value.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    ValueTask<DnsAnswer> ResolveAsync(string name, DnsType type, CancellationToken cancel = default);
}
