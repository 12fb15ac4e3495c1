using System.Text;
using OutreachRelay.Protocols.Dkim;
using OutreachRelay.Protocols.Dns;
using OutreachRelay.Protocols.Mime;
using OutreachRelay.Protocols.Tests.Dns;
using OutreachRelay.Tests;

namespace OutreachRelay.Protocols.Tests.Dkim;

/// <summary>Runs a whole message through the verifier.</summary>
internal static class Verifying
{
    public static Task<DkimOutcome> VerifyAsync(string message, Zone? zone = null) =>
        VerifyAsync(Encoding.Latin1.GetBytes(message), new ZoneResolver(zone ?? TestKeys.Zone));

    /// <param name="chunk">The size of the pieces in which the body comes.</param>
    public static async Task<DkimOutcome> VerifyAsync(
        byte[] message, IDnsResolver dns, TimeProvider? time = null, DkimOptions? options = null, int chunk = int.MaxValue)
    {
        Assert.True(HeaderSection.TryRead(message, HeaderLimits.None, out var header, out var error), error.ToString());
        using var verification = new DkimVerifier(dns, options ?? new DkimOptions(), time ?? new FakeTime()).Begin(header);
        for (var at = header.Length; at < message.Length; at += Math.Min(chunk, message.Length - at))
            verification.Append(message.AsSpan(at, Math.Min(chunk, message.Length - at)));
        return await verification.CompleteAsync();
    }
}
