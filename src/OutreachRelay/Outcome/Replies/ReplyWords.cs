using System.Globalization;

namespace OutreachRelay.Outcome.Replies;

/// <summary>Walks over the words of a line, which stand between spaces. So what dots and hyphens join (addresses, ids) is never taken for a number.</summary>
/// <param name="line">In lower case, with single spaces.</param>
internal ref struct ReplyWords(ReadOnlySpan<char> line)
{
    private const string Punctuation = "()[]<>{}\"'.,;:!?~=*";

    private readonly ReadOnlySpan<char> _line = line;
    private int _end;

    /// <summary>The line from the word on.</summary>
    public ReadOnlySpan<char> Rest { get; private set; }

    /// <summary>The word, without punctuation around it; may be empty.</summary>
    public ReadOnlySpan<char> Word { get; private set; }

    public bool TryNext()
    {
        var left = _line[_end..].TrimStart(' ');
        if (left.IsEmpty)
            return false;
        var space = left.IndexOf(' ');
        var length = space < 0 ? left.Length : space;
        _end = _line.Length - left.Length + length;
        Rest = left.TrimStart(Punctuation);
        Word = left[..length].Trim(Punctuation);
        return true;
    }

    /// <summary>Whether that word comes next.</summary>
    public readonly bool IsBefore(string word)
    {
        var next = this;
        return next.TryNext() && next.Word.SequenceEqual(word);
    }

    /// <summary>Reads an amount of time that begins at the word, such as <c>5 minutes</c>, <c>300s</c>, <c>1h30m</c> or <c>1 hour and 30 minutes</c>.</summary>
    /// <remarks>Then the word is the last one of the amount.</remarks>
    public bool TryReadTime(out TimeSpan time)
    {
        if (!TryReadPart(out time))
            return false;
        for (var next = this; next.TryNext();)
        {
            if (next.Word is "and")
                continue;
            if (!next.TryReadPart(out var more))
                break;
            time += more;
            this = next;
        }
        return true;
    }

    private bool TryReadPart(out TimeSpan time)
    {
        time = TimeSpan.Zero;
        for (var rest = Word; !rest.IsEmpty;)
        {
            // Six digits are eleven days of seconds: more than is ever believed.
            var digits = rest.IndexOfAnyExceptInRange('0', '9') is var end && end < 0 ? rest.Length : end;
            if (digits is 0 or > 6)
                return false;
            var number = int.Parse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
            rest = rest[digits..];
            if (rest.IsEmpty)
                return TryAddNextUnit(number, ref time);
            var letters = rest.IndexOfAnyInRange('0', '9') is var digit && digit < 0 ? rest.Length : digit;
            if (Unit(rest[..letters]) is not (> 0 and var seconds))
                return false;
            time += number * TimeSpan.FromSeconds(seconds);
            rest = rest[letters..];
        }
        return time > TimeSpan.Zero;
    }

    private bool TryAddNextUnit(int number, ref TimeSpan time)
    {
        var next = this;
        if (!next.TryNext() || Unit(next.Word) is not (> 0 and var seconds))
            return false;
        time += number * TimeSpan.FromSeconds(seconds);
        this = next;
        return true;
    }

    private static int Unit(ReadOnlySpan<char> unit) => unit switch
    {
        "s" or "sec" or "secs" or "second" or "seconds" => 1,
        "m" or "min" or "mins" or "minute" or "minutes" => 60,
        "h" or "hr" or "hrs" or "hour" or "hours" => 3600,
        _ => 0,
    };
}
