using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace OutreachRelay.Outcome.Unsubscribe;

/// <summary>The pages that a recipient sees: plain HTML with one form, no script, nothing from elsewhere.</summary>
internal static class UnsubscribePage
{
    // Contrast of text and button at least 7:1 (WCAG 2.2, 1.4.6), in light and in dark; the focus can be seen.
    private const string Style =
        ":root{color-scheme:light dark}body{font:1.125rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.5rem;color:#1a1a1a;background:#fff}"
        + "h1{font-size:1.6rem;line-height:1.25}button{font:inherit;font-weight:600;padding:.75rem 1.75rem;border:0;border-radius:.4rem;background:#0b3d91;color:#fff;"
        + "cursor:pointer}button:focus-visible{outline:3px solid #b45309;outline-offset:3px}"
        + "@media(prefers-color-scheme:dark){body{color:#f2f2f2;background:#161616}button{background:#a8c7fa;color:#061a3d}}";

    /// <summary>The field <c>Content-Security-Policy</c> under which the pages are shown: their own style, and a form to where they came from.</summary>
    public static string Policy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>The question, and the button whose form is a one-click request itself.</summary>
    public static string Question(PageText text, OptOutOffer offer) => Page(text, text.Title, Paragraph(Fill(Pick(offer, text.Question, text.DirectionQuestion), offer))
        + "<form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\">"
        + $"<button type=\"submit\">{Encode(text.Button)}</button></form>");

    public static string Done(PageText text, OptOutOffer offer) =>
        Page(text, text.DoneTitle, Paragraph(Fill(Pick(offer, text.Done, text.DirectionDone), offer), " role=\"status\""));

    public static string Unknown(PageText text) => Page(text, text.UnknownTitle, Paragraph(Encode(text.Unknown)));

    public static string Bad(PageText text) => Page(text, text.BadTitle, Paragraph(Encode(text.Bad)));

    public static string Later(PageText text) => Page(text, text.LaterTitle, Paragraph(Encode(text.Later)));

    private static string Pick(OptOutOffer offer, string ofClient, string ofDirection) => offer.Scope.Direction is null ? ofClient : ofDirection;

    private static string Fill(string text, OptOutOffer offer) =>
        string.Format(CultureInfo.InvariantCulture, Encode(text), "<bdi>" + Encode(offer.ClientName) + "</bdi>");

    private static string Paragraph(string html, string attributes = "") => $"<p{attributes}>{html}</p>";

    private static string Page(PageText text, string title, string content) =>
        $"<!DOCTYPE html>\n<html lang=\"{text.Language}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        + $"<meta name=\"robots\" content=\"noindex\"><title>{Encode(title)}</title><style>{Style}</style></head>"
        + $"<body><main><h1>{Encode(title)}</h1>{content}</main></body></html>\n";

    // The braces of a place to fill pass it unchanged.
    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
