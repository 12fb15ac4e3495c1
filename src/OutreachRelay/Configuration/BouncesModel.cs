namespace OutreachRelay.Configuration;

/// <summary>Mail that comes back another way than to a port.</summary>
/// <param name="Maildir">A Maildir into which others deliver it, absolute; <see langword="null"/> for none.</param>
public sealed record BouncesModel(string? Maildir);
