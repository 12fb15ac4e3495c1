using System.Security.Cryptography;
using OutreachRelay.Store;

namespace OutreachRelay.Observe;

/// <summary>The key of <see cref="RecipientMask"/>: kept beside the store, so that a recipient has the same hash after a restart.</summary>
public static class MaskKey
{
    private const int Size = 32;

    /// <summary>Reads <c>log.key</c> in a directory, or makes it there, readable by its owner only.</summary>
    /// <returns>32 octets; those of a fresh key for this process alone when the file can be neither read nor made.</returns>
    public static byte[] LoadOrCreate(string directory)
    {
        var path = Path.Combine(directory, "log.key");
        try
        {
            if (File.Exists(path) && File.ReadAllBytes(path) is { Length: Size } known)
                return known;
            var key = RandomNumberGenerator.GetBytes(Size);
            File.Delete(path); // what is not a key
            KeyFile.Create(path, key);
            return key;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return RandomNumberGenerator.GetBytes(Size);
        }
    }
}
