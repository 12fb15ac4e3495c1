using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OutreachRelay.Deliver.Rendering;

/// <summary>Names an entry at providers and in return paths: opaque, unique, and not to be guessed.</summary>
/// <remarks>
/// It begins with its time, and so do our Message-IDs: what is written at the same time lies together in the store's indexes. Were they random from the start,
/// each mail would touch a page of its own in an index over months, and writing it would cost more than writing the mail.
/// </remarks>
internal static class EntryToken
{
    private const int RandomOctets = 8;
    private const int TimeOctets = 6;

    /// <summary>28 lower-case hexadecimal digits: Unix milliseconds in 12, then 64 random bits.</summary>
    public static string Make(DateTimeOffset now)
    {
        Span<byte> random = stackalloc byte[RandomOctets];
        RandomNumberGenerator.Fill(random);
        return Make(now, random);
    }

    /// <summary>Of a time, and of octets that tell one from another.</summary>
    public static string Make(DateTimeOffset now, ReadOnlySpan<byte> unique)
    {
        Span<byte> time = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(time, now.ToUnixTimeMilliseconds());
        return string.Concat(Convert.ToHexStringLower(time[^TimeOctets..]), Convert.ToHexStringLower(unique));
    }
}
