using System.Globalization;
using System.Text;

namespace OutreachRelay.Configuration.Reading;

/// <summary>Text of the configuration as it may stand in a message: quoted, short, and without dangerous characters.</summary>
internal static class Shown
{
    public static string Text(string text)
    {
        var shown = new StringBuilder("'");
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length > 60)
            {
                shown.Append('…');
                break;
            }
            shown.Append(IsDangerous(rune) ? "?" : rune.ToString());
        }
        return shown.Append('\'').ToString();
    }

    /// <summary>Whether the character ends a line, moves the cursor or turns the direction of writing.</summary>
    /// <remarks>Joiners do none of that: Persian names and emoji need them.</remarks>
    public static bool IsDangerous(Rune rune) =>
        rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0xFEFF
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
