using System.Diagnostics.CodeAnalysis;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>What resolving needs from outside: files beside the configuration, the environment; and where problems go.</summary>
/// <param name="NamedFolder">The configuration file's folder as the operator named it; empty for the current one.</param>
internal sealed record Resolution(
    string NamedFolder, Func<string, string?> Environment, ProblemList Problems, ModelDigest Digest, TimeProvider Time)
{
    private readonly string _folder = Path.GetFullPath(NamedFolder.Length == 0 ? "." : NamedFolder);

    /// <summary>The absolute path of one that may be relative to the configuration file.</summary>
    public string FullPath(string path) => Path.GetFullPath(path, _folder);

    /// <summary>The folder of rule data: beside the program, unless the configuration names another.</summary>
    public string DataPath(RelayConfig? relay) => relay?.ConfDir is { } folder ? FullPath(folder.Value) : DataFolder.BesideProgram;

    /// <summary>The path as messages show it.</summary>
    public string ShownPath(string path) => Path.Combine(NamedFolder, path);

    /// <summary>The folder of rule data as messages show it.</summary>
    public string ShownDataPath(RelayConfig? relay) => relay?.ConfDir is { } folder ? ShownPath(folder.Value) : DataFolder.BesideProgram;

    /// <summary>Fetches a secret.</summary>
    /// <param name="secret">The value; <see langword="null"/> when it is not set.</param>
    /// <returns><see langword="false"/> when it is set but cannot be used, which has been reported.</returns>
    public bool TryResolve(Setting<SecretReference> setting, out string? secret)
    {
        var error = setting.Value.InFile
            ? ReadFile(setting, out secret)
            : ReadVariable(setting.Value.Name, out secret);
        if (string.IsNullOrEmpty(secret))
            secret = null;
        Digest.AddSecret(setting.Place.Path, secret);
        if (error is null)
            return true;
        secret = null;
        Problems.Error(setting.Place, error);
        return false;
    }

    /// <summary>Fetches a secret that must be set; else that is reported.</summary>
    public bool TryRequire(Setting<SecretReference> setting, [NotNullWhen(true)] out string? secret)
    {
        if (!TryResolve(setting, out secret))
            return false;
        if (secret is null)
            Problems.Error(setting.Place, $"the secret {Shown.Text(setting.Value.ToString())} is not set or empty");
        return secret is not null;
    }

    private string? ReadVariable(string name, out string? secret)
    {
        secret = Environment(name);
        return secret is not null && SecretFile.FindError(secret) is { } error ? $"the environment variable {name} {error}" : null;
    }

    private string? ReadFile(Setting<SecretReference> setting, out string? secret)
    {
        var path = FullPath(setting.Value.Name);
        if (!SecretFile.TryRead(path, out secret, out var error))
            return $"the file {Shown.Text(setting.Value.Name)} {error}";
        WarnIfWorldReadable(setting.Place, setting.Value.Name);
        return null;
    }

    /// <summary>Fetches a secret of several lines that must be set, such as a private key in PEM; else that is reported.</summary>
    public bool TryRequirePem(Setting<SecretReference> setting, [NotNullWhen(true)] out string? pem)
    {
        pem = setting.Value.InFile ? null : Environment(setting.Value.Name);
        string? error = null;
        if (setting.Value.InFile)
        {
            if (SecretFile.TryReadLines(FullPath(setting.Value.Name), out pem, out var reason))
                WarnIfWorldReadable(setting.Place, setting.Value.Name);
            else
                error = $"the file {Shown.Text(setting.Value.Name)} {reason}";
        }
        Digest.AddSecret(setting.Place.Path, pem);
        if (error is null && !string.IsNullOrWhiteSpace(pem))
            return true;
        pem = null;
        Problems.Error(setting.Place, error ?? $"the secret {Shown.Text(setting.Value.ToString())} is not set or empty");
        return false;
    }

    /// <summary>Warns when a file that holds a secret can be read by everybody.</summary>
    /// <param name="path">As the configuration names it.</param>
    public void WarnIfWorldReadable(Place place, string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        try
        {
            if (File.GetUnixFileMode(FullPath(path)).HasFlag(UnixFileMode.OtherRead))
            {
                Problems.Warning(place, $"every user of this machine can read the file {Shown.Text(path)}; chmod o-r it");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It was read a moment ago and is gone: the secret is valid all the same.
        }
    }
}
