namespace OutreachRelay.Protocols.Tests.Fuzz;

/// <summary>Makes inputs that are nearly right, of samples and of pieces that mean something to the parser. Equal seeds make equal inputs.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> samples, IReadOnlyList<byte[]> pieces, int seed)
{
    private const int LongestRepetition = 64 * 1024;

    private readonly Random _random = new(seed);

    public byte[] Next()
    {
        var input = (byte[])Any(samples).Clone();
        for (var changes = _random.Next(1, 8); changes > 0; changes--)
            input = Change(input);
        return input;
    }

    private byte[] Change(byte[] input)
    {
        var at = _random.Next(input.Length + 1);
        var length = _random.Next(1 + Math.Min(32, input.Length - at));
        return _random.Next(100) switch
        {
            < 30 => [.. input[..at], .. Any(pieces), .. input[at..]],
            < 45 => [.. input[..at], .. Any(pieces), .. input[(at + length)..]],
            < 60 => [.. input[..at], .. input[(at + length)..]],
            < 75 => [.. input[..(at + length)], .. input[at..]],
            < 85 => Flip(input),
            < 92 => Splice(input, at),
            < 99 => input[..at],
            _ => [.. input[..at], .. Repeat(), .. input[at..]],
        };
    }

    private byte[] Flip(byte[] input)
    {
        if (input.Length > 0)
            input[_random.Next(input.Length)] ^= (byte)(1 << _random.Next(8));
        return input;
    }

    private byte[] Splice(byte[] input, int at)
    {
        var other = Any(samples);
        return [.. input[..at], .. other[_random.Next(other.Length)..]];
    }

    // What is slow by squares shows only where there is much of it.
    private byte[] Repeat()
    {
        var piece = Any(pieces);
        var count = _random.Next(2, 2 + (LongestRepetition / Math.Max(1, piece.Length)));
        return [.. Enumerable.Repeat(piece, count).SelectMany(static each => each)];
    }

    private byte[] Any(IReadOnlyList<byte[]> from) => from[_random.Next(from.Count)];
}
