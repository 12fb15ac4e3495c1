using System.Buffers;
using System.Text;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>Writes a <c>DKIM-Signature</c> field on lines of at most 77 octets, wherever a name is not longer than that by itself.</summary>
internal sealed class SignatureWriter
{
    private const int MaxLine = 77;

    private readonly ArrayBufferWriter<byte> _octets = new(1024);
    private int _column;

    public SignatureWriter() => Append("DKIM-Signature:"u8);

    public ReadOnlySpan<byte> Octets => _octets.WrittenSpan;

    /// <summary>Writes the next tag and its semicolon; the value is not broken.</summary>
    /// <param name="tag">For example <c>d=example.com;</c>.</param>
    public void Tag(string tag) => Word(" ", tag);

    /// <summary>Writes a list, which may be broken behind its colons.</summary>
    /// <param name="name">For example <c>h=</c>.</param>
    public void List(string name, IReadOnlyList<string> items)
    {
        for (var i = 0; i < items.Count; i++)
            Word(i == 0 ? " " : "", (i == 0 ? name : "") + items[i] + (i == items.Count - 1 ? ";" : ":"));
    }

    /// <summary>Writes base64, broken anywhere, up to the end of the field.</summary>
    public void End(ReadOnlySpan<byte> value)
    {
        var text = Encoding.ASCII.GetBytes(Convert.ToBase64String(value)).AsSpan();
        while (!text.IsEmpty)
        {
            var length = Math.Min(text.Length, MaxLine - _column);
            Append(text[..length]);
            text = text[length..];
            if (!text.IsEmpty)
                Fold();
        }
        Append("\r\n"u8);
    }

    private void Word(string separator, string word)
    {
        // A word behind a fold has its separator in it.
        if (_column + separator.Length + word.Length > MaxLine)
            Fold();
        else
            Append(Encoding.ASCII.GetBytes(separator));
        Append(Encoding.ASCII.GetBytes(word));
    }

    private void Fold()
    {
        Append("\r\n "u8);
        _column = 1;
    }

    private void Append(ReadOnlySpan<byte> octets)
    {
        _octets.Write(octets);
        _column += octets.Length;
    }
}
