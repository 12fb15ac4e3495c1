using System.Text;

namespace OutreachRelay.FunctionalTests.Peers;

/// <summary>A message as the sink got it, dots unstuffed.</summary>
/// <param name="Session">Counts the sink's connections from 1.</param>
/// <param name="ReversePath">As it stood between the angle brackets of MAIL.</param>
/// <param name="Recipients">As they stood between the angle brackets of RCPT; only those that were taken.</param>
internal sealed record ReceivedMessage(int Session, string ReversePath, IReadOnlyList<string> Recipients, byte[] Content)
{
    private static ReadOnlySpan<byte> EmptyLine => "\r\n\r\n"u8;

    /// <summary>The content, one character per octet.</summary>
    public string Text => Encoding.Latin1.GetString(Content);

    public byte[] Body => BodyOf(Content);

    /// <summary>Of the field <c>X-Test-Id</c>; empty when there is none.</summary>
    public string TestId => Field("X-Test-Id") ?? "";

    /// <summary>The octets behind the first empty line.</summary>
    public static byte[] BodyOf(byte[] content)
    {
        var end = content.AsSpan().IndexOf(EmptyLine);
        return end < 0 ? [] : content[(end + EmptyLine.Length)..];
    }

    /// <summary>The first field of that name, unfolded and trimmed.</summary>
    public string? Field(string name)
    {
        var end = Content.AsSpan().IndexOf(EmptyLine);
        var header = "\r\n" + Encoding.Latin1.GetString(Content, 0, end < 0 ? Content.Length : end) + "\r\n";
        var start = header.IndexOf($"\r\n{name}:", StringComparison.OrdinalIgnoreCase);
        if (start < 0)
            return null;
        start += name.Length + 3;
        var stop = header.IndexOf("\r\n", start, StringComparison.Ordinal);
        while (stop + 2 < header.Length && header[stop + 2] is ' ' or '\t')
            stop = header.IndexOf("\r\n", stop + 2, StringComparison.Ordinal);
        return header[start..stop].Replace("\r\n", "").Trim();
    }
}
