using System.Collections.Immutable;
using Microsoft.Net.Http.Headers;

namespace OutreachRelay.Outcome.Unsubscribe;

/// <summary>What the page says, in one language. <c>{0}</c> is the client's name.</summary>
/// <param name="Language">A tag of RFC 5646, such as <c>en</c>.</param>
internal sealed record PageText(
    string Language, string Title, string Question, string DirectionQuestion, string Button, string DoneTitle, string Done, string DirectionDone, string UnknownTitle,
    string Unknown, string BadTitle, string Bad, string LaterTitle, string Later)
{
    private static readonly PageText English = new(
        "en", "Unsubscribe",
        "Do you want to stop receiving mail from {0}?",
        "Do you want to stop receiving this kind of mail from {0}?",
        "Unsubscribe",
        "You are unsubscribed",
        "You will receive no more mail from {0}. A message that is on its way may still arrive.",
        "You will receive no more mail of this kind from {0}. A message that is on its way may still arrive.",
        "This link is not valid", "Please open the link in the message exactly as it is there.",
        "Nothing was changed", "That was not a request to unsubscribe. Please use the button.",
        "Please try again", "Your request could not be saved just now. Please try again in a minute.");

    private static readonly PageText German = new(
        "de", "Abmelden",
        "Möchten Sie von {0} keine E-Mails mehr erhalten?",
        "Möchten Sie von {0} keine E-Mails dieser Art mehr erhalten?",
        "Abmelden",
        "Sie sind abgemeldet",
        "Sie erhalten keine E-Mails mehr von {0}. Eine Nachricht, die schon unterwegs ist, kann noch ankommen.",
        "Sie erhalten keine E-Mails dieser Art mehr von {0}. Eine Nachricht, die schon unterwegs ist, kann noch ankommen.",
        "Dieser Link ist nicht gültig", "Bitte öffnen Sie den Link aus der Nachricht genau so, wie er dort steht.",
        "Es wurde nichts geändert", "Das war keine Abmeldung. Bitte benutzen Sie die Schaltfläche.",
        "Bitte versuchen Sie es noch einmal", "Ihre Abmeldung konnte gerade nicht gespeichert werden. Bitte versuchen Sie es in einer Minute noch einmal.");

    private static readonly ImmutableArray<PageText> All = [English, German];

    /// <summary>The language that a browser likes best of those there are; English when it likes none.</summary>
    /// <param name="accepted">The header field <c>Accept-Language</c> (RFC 9110 §12.5.4).</param>
    public static PageText For(IList<StringWithQualityHeaderValue> accepted)
    {
        var (best, quality) = (English, 0.0);
        foreach (var range in accepted)
        {
            var weight = range.Quality ?? 1;
            if (weight > quality && All.FirstOrDefault(text => Fits(range.Value.Value, text.Language)) is { } found)
                (best, quality) = (found, weight);
        }
        return best;
    }

    // RFC 4647 §3.3.1 the other way round: who likes de-CH also reads de.
    private static bool Fits(string? range, string language) =>
        range is not null && range.StartsWith(language, StringComparison.OrdinalIgnoreCase) && (range.Length == language.Length || range[language.Length] == '-');
}
