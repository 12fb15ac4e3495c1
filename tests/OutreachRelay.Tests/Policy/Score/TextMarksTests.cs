using System.Text;
using OutreachRelay.Policy.Score;
using OutreachRelay.Protocols.Mime;

namespace OutreachRelay.Tests.Policy.Score;

public class TextMarksTests
{
    // Octets that marks are made of, so that many stand at the borders of blocks.
    private const string Alphabet = "annANNmillerzoe  \r\n\t:/{}<>.é0";

    [Fact]
    public void Find_AnyText_FindsWhatALookAtEachOctetFinds()
    {
        var words = WordsOf("To: Ann Miller <zoé@there.example>\r\n\r\n");
        var random = new Random(17);
        for (var round = 0; round < 5_000; round++)
        {
            var text = Encoding.UTF8.GetBytes(random.GetItems<char>(Alphabet, random.Next(400)));
            var marks = new TextMarks(text, words);
            for (var start = 0; start < text.Length; start += random.Next(20))
            {
                var found = marks.Find(start);
                Assert.Equal(FindSlowly(text, start, words), found);
                start = found;
            }
        }
    }

    [Fact]
    public void Find_NothingToLookAt_IsTheEnd()
    {
        var text = Encoding.ASCII.GetBytes(new string('x', 1000));

        Assert.Equal(text.Length, new TextMarks(text, default).Find(0));
        Assert.Equal(0, new TextMarks([], default).Find(0));
    }

    private static int FindSlowly(byte[] text, int start, PersonalWords words)
    {
        var at = start;
        while (at < text.Length && !IsMark(text, at, words))
            at++;
        return at;
    }

    private static bool IsMark(byte[] text, int at, PersonalWords words)
    {
        if (text[at] < ' ')
            return true;
        if (text[at] == ':')
            return at + 1 < text.Length && text[at + 1] == '/';
        return TextMarks.IsWord(text[at]) && (at == 0 || !TextMarks.IsWord(text[at - 1])) && words.MayBegin(text.AsSpan(at));
    }

    private static PersonalWords WordsOf(string message)
    {
        Assert.True(HeaderSection.TryRead(Encoding.UTF8.GetBytes(message), HeaderLimits.Default, out var header, out _));
        return PersonalWords.Of(header);
    }
}
