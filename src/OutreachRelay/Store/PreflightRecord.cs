namespace OutreachRelay.Store;

/// <summary>What is kept of a sender domain at an upstream, so that a restart does not begin with knowing nothing.</summary>
/// <param name="Report">JSON.</param>
public sealed record PreflightRecord(string Domain, string Upstream, DateTimeOffset CheckedAt, string Report);
