using System.Security.Cryptography;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Outcome.Suppression;

/// <summary>The key under which recipients are hashed for suppression: without it, who has the database cannot try addresses out.</summary>
/// <remarks>It lies beside the store as <c>suppression.key</c> and belongs to it: with another key nobody in the list would be found.</remarks>
public sealed class SuppressionKey
{
    private const int Size = 32;
    private const string FileName = "suppression.key";

    private readonly KeyedHash _keyed;

    /// <param name="key">32 secret octets.</param>
    public SuppressionKey(ReadOnlySpan<byte> key) => _keyed = new KeyedHash(key.ToArray());

    /// <summary>Reads the key of a data directory, or makes it there, readable by its owner only.</summary>
    /// <param name="isNeeded">Whether recipients are suppressed under it already: then a new one would let them all be mailed again.</param>
    /// <exception cref="StoreDamagedException">It is needed and missing, or is not a key.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be read or made.</exception>
    public static SuppressionKey LoadOrCreate(string directory, bool isNeeded)
    {
        var path = Path.Combine(directory, FileName);
        try
        {
            if (File.Exists(path))
            {
                return File.ReadAllBytes(path) is { Length: Size } key
                    ? new SuppressionKey(key)
                    : throw new StoreDamagedException($"{path} is not a key of {Size} octets: restore it from the backup that relay.db came from");
            }
            if (isNeeded)
                throw new StoreDamagedException($"{path} is missing, and without it no suppressed recipient is known: restore it from the backup that relay.db came from");
            // On disk before the first hash is.
            var fresh = RandomNumberGenerator.GetBytes(Size);
            KeyFile.Create(path, fresh);
            return new SuppressionKey(fresh);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"{path} cannot be read or made: {e.Message}", e);
        }
    }

    /// <summary>The hash of a recipient: its local part in lower case and without a plus-tag, its domain in A-labels and lower case.</summary>
    public RecipientHash Of(Mailbox recipient)
    {
        Span<byte> hash = stackalloc byte[KeyedHash.Size];
        _keyed.Compute(Normalize(recipient), hash);
        return RecipientHash.Read(hash[..RecipientHash.Size]);
    }

    /// <summary>The mailbox that suppression means by this one: without a plus-tag, as <see cref="Mailbox.Key"/> otherwise.</summary>
    public static string Normalize(Mailbox recipient)
    {
        var plus = recipient.LocalPart.IndexOf('+');
        return plus > 0 && Mailbox.Create(recipient.LocalPart[..plus], recipient.Domain, out _) is { } plain ? plain.Key : recipient.Key;
    }
}
