namespace OutreachRelay.Store;

/// <summary>How a message's content scored when it was accepted.</summary>
/// <param name="Findings">The rules that it met, as the scorer serialised them; untrusted text.</param>
public sealed record MessageScore(double Score, string Findings);
