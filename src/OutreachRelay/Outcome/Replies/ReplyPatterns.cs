using System.Globalization;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Outcome.Replies;

/// <summary>A reply code, or a class of them such as <c>4xx</c>.</summary>
internal readonly record struct CodePattern(int Least, int Most)
{
    public bool Matches(int code) => code >= Least && code <= Most;

    public static Parsed<CodePattern> Parse(string text)
    {
        if (text is [>= '2' and <= '5', 'x', 'x'])
            return new CodePattern((text[0] - '0') * 100, ((text[0] - '0') * 100) + 99);
        return text is [>= '2' and <= '5', _, _] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? new CodePattern(code, code)
            : Parsed<CodePattern>.Fail($"expected a code from \"200\" to \"599\", or a class such as \"4xx\", found {Shown.Text(text)}");
    }
}

/// <summary>An enhanced status code (RFC 3463 §2) of which any part may be <c>*</c>, such as <c>5.7.*</c>; −1 stands for it.</summary>
internal readonly record struct EnhancedPattern(int Class, int Subject, int Detail)
{
    private const int Any = -1;

    /// <summary>Whether it is that code. A reply without an enhanced code is none.</summary>
    public bool Matches(EnhancedStatusCode code) =>
        !code.IsNone && Fits(Class, code.Class) && Fits(Subject, code.Subject) && Fits(Detail, code.Detail);

    public static Parsed<EnhancedPattern> Parse(string text) =>
        text.Split('.') is [var first, var second, var third] && first is "2" or "4" or "5" or "*"
            && TryReadPart(first, out var kind) && TryReadPart(second, out var subject) && TryReadPart(third, out var detail)
            ? new EnhancedPattern(kind, subject, detail)
            : Parsed<EnhancedPattern>.Fail($"expected an enhanced status code such as \"5.1.1\", \"5.7.*\" or \"*.2.2\", found {Shown.Text(text)}");

    private static bool TryReadPart(string part, out int number)
    {
        number = Any;
        return part == "*" || (part.Length is 1 or 2 or 3 && int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out number));
    }

    private static bool Fits(int pattern, int part) => pattern == Any || pattern == part;
}
