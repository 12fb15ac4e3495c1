using System.Globalization;
using System.Text;

namespace OutreachRelay.Configuration.Reading;

/// <summary>Text of the configuration as it may stand in a message: quoted, short, without characters that move the cursor or turn the direction of writing.</summary>
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

    /// <summary>Characters that end a line, move the cursor or turn the direction of writing. Joiners are none of them: Persian names and emoji need those.</summary>
    public static bool IsDangerous(Rune rune) =>
        rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0xFEFF
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
