using System.Buffers;
using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>Writes one part of a multipart message line by line. What it is given is printable ASCII.</summary>
internal readonly struct PartWriter(IBufferWriter<byte> output, string boundary)
{
    // RFC 5322 §2.1.1: what is read on a screen.
    private const int Width = 76;

    // A word that no line may hold whole.
    private const int LongestWord = 900;

    public void Begin(string contentType)
    {
        Line($"--{boundary}");
        Line($"Content-Type: {contentType}");
        Line("");
    }

    public void Line(string text)
    {
        output.Write(Encoding.ASCII.GetBytes(text));
        output.Write("\r\n"u8);
    }

    public void Copy(HeaderField field) => new HeaderWriter(output).Copy(field);

    /// <summary>A field, folded between words.</summary>
    public void Field(string name, string value) => Line(Wrap($"{name}: ", value, "\r\n "));

    /// <summary>Text, indented, wrapped between words.</summary>
    public void Text(string text) => Line(Wrap("    ", text, "\r\n    "));

    private static string Wrap(string start, string text, string lineEnd)
    {
        var wrapped = new StringBuilder(start);
        var column = start.Length;
        foreach (var word in text.Split(' ').SelectMany(static word => word.Chunk(LongestWord)))
        {
            // What is first stays first: a field's value begins on the field's own line.
            if (wrapped.Length > start.Length)
            {
                var fits = column + 1 + word.Length <= Width;
                wrapped.Append(fits ? " " : lineEnd);
                column = fits ? column + 1 : lineEnd.Length - 2;
            }
            wrapped.Append(word);
            column += word.Length;
        }
        return wrapped.ToString();
    }
}
