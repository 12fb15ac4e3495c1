using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>Resolves <c>[bounces]</c>.</summary>
internal sealed class BouncesResolver(Resolution resolution)
{
    public BouncesModel Resolve(BouncesConfig? bounces) => new(bounces?.Maildir is { } maildir ? ResolveMaildir(maildir) : null);

    // Whoever delivers there may make it later, so that is no error.
    private string ResolveMaildir(Setting<string> maildir)
    {
        var path = resolution.FullPath(maildir.Value);
        if (!Directory.Exists(Path.Combine(path, "new")))
            resolution.Problems.Warning(maildir.Place, "is not a Maildir yet: there is no folder new in it that can be read; it is looked for while the relay runs");
        return path;
    }
}
