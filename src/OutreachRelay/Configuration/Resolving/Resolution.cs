using System.Diagnostics.CodeAnalysis;
using System.Text;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>What resolving needs from outside: files beside the configuration, the environment; and where problems go.</summary>
/// <param name="NamedFolder">The configuration file's folder as the operator named it; empty for the current one.</param>
internal sealed record Resolution(string NamedFolder, Func<string, string?> Environment, ProblemList Problems, ModelDigest Digest)
{
    private const int LargestSecret = 64 * 1024;

    private readonly string _folder = Path.GetFullPath(NamedFolder.Length == 0 ? "." : NamedFolder);

    /// <summary>The absolute path of one that may be relative to the configuration file.</summary>
    public string FullPath(string path) => Path.GetFullPath(path, _folder);

    /// <summary>The path as messages show it.</summary>
    public string ShownPath(string path) => Path.Combine(NamedFolder, path);

    /// <summary>Fetches a secret.</summary>
    /// <param name="secret">The value; <see langword="null"/> when it is not set.</param>
    /// <returns><see langword="false"/> when it is set but cannot be used, which has been reported.</returns>
    public bool TryResolve(Setting<SecretReference> setting, out string? secret)
    {
        var error = setting.Value.InFile
            ? ReadFile(setting, out secret)
            : CheckValue(secret = Environment(setting.Value.Name), $"the environment variable {setting.Value.Name}");
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

    private string? ReadFile(Setting<SecretReference> setting, out string? secret)
    {
        secret = null;
        var path = FullPath(setting.Value.Name);
        if (!BoundedFile.TryRead(path, LargestSecret, out var content, out var error))
            return $"the file {Shown.Text(setting.Value.Name)} {error}";
        WarnIfWorldReadable(setting, path);
        try
        {
            secret = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content);
        }
        catch (DecoderFallbackException)
        {
            return $"the file {Shown.Text(setting.Value.Name)} is not valid UTF-8";
        }
        // Editors and echo end the file with a line end that is not part of the secret.
        secret = secret.EndsWith("\r\n", StringComparison.Ordinal) ? secret[..^2] : secret.EndsWith('\n') ? secret[..^1] : secret;
        return CheckValue(secret, $"the file {Shown.Text(setting.Value.Name)}");
    }

    private void WarnIfWorldReadable(Setting<SecretReference> setting, string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        try
        {
            if (File.GetUnixFileMode(path).HasFlag(UnixFileMode.OtherRead))
            {
                Problems.Warning(setting.Place,
                    $"every user of this machine can read the file {Shown.Text(setting.Value.Name)}; chmod o-r it");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It was read a moment ago and is gone: the secret is valid all the same.
        }
    }

    // No credential of ours may hold one, and one that does was most likely pasted together with something else.
    private static string? CheckValue(string? secret, string source)
    {
        if (secret is null)
            return null;
        if (secret.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
            return $"{source} holds a line end or a NUL inside the secret";
        return secret.Length > 4096 ? $"{source} is longer than 4096 characters" : null;
    }
}
