using AngleSharp.Html;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens.Struct;
using AngleSharp.Text;

namespace OutreachRelay.Policy.Score;

/// <summary>Reads HTML token by token: nothing is run, loaded or built up, so that time and memory are linear in its length whatever it holds.</summary>
internal sealed class HtmlReader
{
    /// <summary>Elements within elements that are told apart; deeper ones look like the deepest.</summary>
    public const int MaxDepth = 256;

    private const int MaxLinks = 1000;
    private const int MaxLinkText = 256;

    // An end tag closes what it names only so far up: a start tag that is never closed costs no more than this.
    private const int MaxUnclosed = 32;

    private readonly FoldedText _text = new(ScoredMessage.MaxText);
    private readonly FoldedText _hidden = new(ScoredMessage.MaxText);
    private readonly FoldedText _linkText = new(MaxLinkText);
    private readonly List<ScoredLink> _links = [];
    private readonly List<(string Name, HtmlStyle Style)> _open = [];
    private readonly HashSet<string> _elements = new(StringComparer.Ordinal);
    private string? _target;
    private string? _silent;
    private int _images;
    private int _depth;

    private HtmlStyle Style => _open.Count == 0 ? HtmlStyle.Page : _open[^1].Style;

    /// <param name="html">Bounded by the caller.</param>
    public static HtmlContent Read(string html)
    {
        var reader = new HtmlReader();
        using var source = new TextSource(HtmlMarkup.WithoutDeclarations(html));
        var tokens = new HtmlTokenizer(source, HtmlEntityProvider.Resolver);
        while (true)
        {
            ref var token = ref tokens.GetStructToken();
            switch (token.Type)
            {
                case HtmlTokenType.EndOfFile:
                    return reader.Finish();
                case HtmlTokenType.StartTag:
                    tokens.State = reader.Open(ref token);
                    break;
                case HtmlTokenType.EndTag:
                    reader.Close(token.Name.Memory.Span);
                    break;
                case HtmlTokenType.Character:
                    reader.Append(token.Data.Memory.Span);
                    break;
            }
        }
    }

    private HtmlContent Finish()
    {
        EndLink();
        return new HtmlContent(_text.ToString(), _hidden.ToString(), [.. _links], _images, _elements, _depth);
    }

    /// <returns>How what follows is to be read: scripts, styles and titles hold no elements.</returns>
    private HtmlParseMode Open(ref StructHtmlToken token)
    {
        var name = Name(token.Name.Memory.Span);
        _elements.Add(name);
        Note(name, ref token);
        if (IsBlock(name))
            Break();
        if (name is "script" or "style" or "xmp" or "iframe" or "noembed" or "noframes" or "title" or "template")
            _silent = name;
        if (IsVoid(name) || token.IsSelfClosing)
            return HtmlParseMode.PCData;
        _depth = Math.Max(_depth, _open.Count + 1);
        if (_open.Count < MaxDepth)
            _open.Add((name, StyleOf(ref token)));
        return name switch
        {
            "script" or "style" or "xmp" or "iframe" or "noembed" or "noframes" => HtmlParseMode.Rawtext,
            "title" or "textarea" => HtmlParseMode.RCData,
            _ => HtmlParseMode.PCData,
        };
    }

    private void Note(string name, ref StructHtmlToken token)
    {
        switch (name)
        {
            case "a":
                EndLink();
                _target = Target(ref token, "href");
                break;
            case "area":
                AddLink(Target(ref token, "href"), "");
                break;
            case "form":
                AddLink(Target(ref token, "action"), "");
                break;
            case "img" when !token.GetAttribute("src").Memory.IsEmpty:
                _images++;
                break;
            case "meta" when token.GetAttribute("http-equiv").Memory.Span.Equals("refresh", StringComparison.OrdinalIgnoreCase):
                _elements.Add("meta-refresh");
                break;
        }
    }

    private void Close(ReadOnlySpan<char> name)
    {
        if (name.SequenceEqual("a"))
            EndLink();
        if (name.SequenceEqual(_silent))
            _silent = null;
        if (IsBlock(name))
            Break();
        for (var i = _open.Count - 1; i >= Math.Max(0, _open.Count - MaxUnclosed); i--)
        {
            if (!name.SequenceEqual(_open[i].Name))
                continue;
            _open.RemoveRange(i, _open.Count - i);
            return;
        }
    }

    private void Append(ReadOnlySpan<char> text)
    {
        if (_silent is not null)
            return;
        (Style.IsHidden ? _hidden : _text).Append(text);
        if (_target is not null)
            _linkText.Append(text);
    }

    private void Break()
    {
        _text.Break();
        _hidden.Break();
    }

    private void EndLink()
    {
        AddLink(_target, _linkText.ToString());
        _target = null;
        _linkText.Clear();
    }

    private void AddLink(string? target, string text)
    {
        if (!string.IsNullOrEmpty(target) && _links.Count < MaxLinks)
            _links.Add(new ScoredLink(target, text));
    }

    private HtmlStyle StyleOf(ref StructHtmlToken token)
    {
        var style = Style;
        if (token.Attributes.Count == 0)
            return style;
        if (token.GetAttribute("bgcolor").Memory is { IsEmpty: false } color)
            style = style.On(color.Span);
        for (var i = 0; i < token.Attributes.Count; i++)
        {
            if (token.Attributes[i].Name.Memory.Span is "hidden")
                style = style with { IsHidden = true };
        }
        return token.GetAttribute("style").Memory is { IsEmpty: false } declarations ? style.Within(declarations.Span) : style;
    }

    private static string Target(ref StructHtmlToken token, string attribute)
    {
        var value = token.GetAttribute(attribute).Memory.Span.Trim();
        return (value.Length > LinkHost.MaxTarget ? value[..LinkHost.MaxTarget] : value).ToString();
    }

    // Names are held for as long as the part is read; those that occur in mail need no string each.
    private static string Name(ReadOnlySpan<char> name) => name switch
    {
        "a" => "a",
        "p" => "p",
        "b" => "b",
        "br" => "br",
        "td" => "td",
        "tr" => "tr",
        "div" => "div",
        "img" => "img",
        "span" => "span",
        "table" => "table",
        _ => (name.Length > 64 ? name[..64] : name).ToString(),
    };

    private static bool IsVoid(string name) => name
        is "area" or "base" or "br" or "col" or "embed" or "hr" or "img" or "input" or "link" or "meta" or "param" or "source" or "track" or "wbr";

    private static bool IsBlock(ReadOnlySpan<char> name) => name
        is "br" or "p" or "div" or "tr" or "td" or "th" or "li" or "ul" or "ol" or "table" or "h1" or "h2" or "h3" or "h4" or "h5" or "h6" or "hr"
        or "blockquote" or "pre" or "section" or "center" or "body";
}
