using System.Collections.Immutable;

namespace OutreachRelay.Policy.Score;

/// <summary>What somebody sees who opens an HTML part, and what is there beside. Untrusted text throughout.</summary>
/// <param name="Text">Visible text: white space folded, blocks on lines of their own.</param>
/// <param name="Hidden">Text that styles keep from sight.</param>
/// <param name="Links">Targets of links and forms, in their order.</param>
/// <param name="Images">How many images it shows.</param>
/// <param name="Elements">Names of the elements that occur; <c>meta-refresh</c> stands for a <c>meta</c> that moves to another page.</param>
/// <param name="Depth">How deep elements nest; no deeper is looked than <see cref="HtmlReader.MaxDepth"/>.</param>
internal sealed record HtmlContent(
    string Text, string Hidden, ImmutableArray<ScoredLink> Links, int Images, IReadOnlySet<string> Elements, int Depth);

/// <param name="Target">Where it leads, without white space.</param>
/// <param name="Text">What it shows; empty when that is no text.</param>
internal readonly record struct ScoredLink(string Target, string Text)
{
    /// <summary>The host in lower case, without user and port; empty when the target names none.</summary>
    public string Host => LinkHost.Of(Target);
}
