using OutreachRelay.Configuration;

namespace OutreachRelay.Deliver;

// What the door asks of the upstreams, for each recipient that it concerns: without the lock.
public sealed partial class Schedule
{
    /// <summary>Whether a client's mail may find an upstream with SMTPUTF8 (RFC 6531): all of them count that are not known to lack it.</summary>
    public bool MayCarrySmtpUtf8(ClientModel client) => client.Directions.Values.Any(direction =>
        direction.Upstreams.Any(upstream => !_upstreams.TryGetValue(upstream.Name, out var state) || !state.LacksSmtpUtf8));
}
