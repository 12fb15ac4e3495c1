using System.Text;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>
/// Finds fields by name from the bottom of a header section to its top (RFC 6376 §5.4.2), in constant time each: neither many fields nor a
/// long <c>h=</c> costs more than its length.
/// </summary>
internal sealed class FieldIndex
{
    private const int None = -1;

    private readonly HeaderSection _header;
    private readonly Dictionary<string, int> _last = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(int Offset, int Length, int Previous)> _fields = [];

    public FieldIndex(HeaderSection header)
    {
        _header = header;
        foreach (var field in header)
        {
            var name = Encoding.ASCII.GetString(field.Name);
            _fields.Add((field.Offset, field.Raw.Length, _last.GetValueOrDefault(name, None)));
            _last[name] = _fields.Count - 1;
        }
    }

    /// <summary>Begins at the bottom, for one signature.</summary>
    /// <param name="offset">Where the signature stands: its own field is never among the signed ones (RFC 6376 §3.5).</param>
    public Cursor Start(int offset) => new(this, offset);

    internal readonly struct Cursor(FieldIndex index, int own)
    {
        private readonly Dictionary<string, int> _next = new(index._last, StringComparer.OrdinalIgnoreCase);

        /// <summary>The next field of a name; empty when there is none left.</summary>
        public ReadOnlySpan<byte> Take(string name)
        {
            while (_next.GetValueOrDefault(name, None) is var at && at != None)
            {
                var (offset, length, previous) = index._fields[at];
                _next[name] = previous;
                if (offset != own)
                    return index._header.Fields.Span.Slice(offset, length);
            }
            return [];
        }
    }
}
