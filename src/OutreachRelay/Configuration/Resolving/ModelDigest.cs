using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Hashes everything a model is made of: the files and the resolved secrets.</summary>
internal sealed class ModelDigest : IDisposable
{
    // The version stands in logs and metrics. Were the secrets hashed fast, a weak one could be guessed from it by trial.
    private const int SecretIterations = 10_000;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _secrets = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _hasSecrets;

    public void AddFile(ReadOnlySpan<byte> content) => Append(_hash, content);

    /// <summary>Adds a file of rules: its name counts, for it may tell whose rules they are.</summary>
    public void AddRules(string name, byte[] content)
    {
        AddFile(Encoding.UTF8.GetBytes(name));
        AddFile(content);
    }

    /// <param name="place">Which key it is for, so that two secrets that change places make another version.</param>
    /// <param name="secret">The secret, or <see langword="null"/> for one that is not set.</param>
    public void AddSecret(string place, string? secret)
    {
        _hasSecrets |= secret is not null;
        Append(_secrets, Encoding.UTF8.GetBytes(place));
        Append(_secrets, secret is null ? [] : Encoding.UTF8.GetBytes("=" + secret));
    }

    /// <returns>Twelve hexadecimal digits.</returns>
    public string Finish()
    {
        if (_hasSecrets)
            _hash.AppendData(Slow(_secrets.GetHashAndReset()));
        return Convert.ToHexStringLower(_hash.GetHashAndReset().AsSpan(0, 6));
    }

    public void Dispose()
    {
        _hash.Dispose();
        _secrets.Dispose();
    }

    private static byte[] Slow(byte[] secrets) =>
        Rfc2898DeriveBytes.Pbkdf2(secrets, "OutreachRelay"u8, SecretIterations, HashAlgorithmName.SHA256, 32);

    // With lengths, so that the end of one part cannot pass for the beginning of the next.
    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }
}
