namespace OutreachRelay.Policy.Score.External;

/// <summary>What a scorer says, which is as long as it likes.</summary>
internal static class BoundedAnswer
{
    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="InvalidDataException">It is longer than <paramref name="most"/>.</exception>
    public static async ValueTask<byte[]> ReadAsync(Stream stream, int most, CancellationToken cancel)
    {
        var buffer = new byte[Math.Min(most, 16 * 1024)];
        var length = 0;
        while (await stream.ReadAsync(buffer.AsMemory(length), cancel) is > 0 and var read)
        {
            length += read;
            if (length < buffer.Length)
                continue;
            if (length >= most)
                throw new InvalidDataException("the answer is too long");
            Array.Resize(ref buffer, Math.Min(most, buffer.Length * 2));
        }
        return buffer[..length];
    }
}
