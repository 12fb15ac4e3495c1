using System.CommandLine;
using OutreachRelay.Policy.Preflight;
using OutreachRelay.Protocols.Dkim;

namespace OutreachRelay.Cli;

/// <summary><c>dkim keygen</c>: makes a key for a sender domain, and tells what is to be published.</summary>
internal static class DkimKeygenCommand
{
    private const int LongestSelector = 63;

    public static Argument<string> Domain { get; } = new("DOMAIN") { Description = "The sender domain." };
    public static Argument<string> Selector { get; } = new("SELECTOR") { Description = "The name of the key: one label." };
    public static Option<string> Out { get; } = new("--out") { Description = "The file for the private key; it must not exist yet.", HelpName = "FILE", Required = true };
    public static Option<string> Type { get; } = new("--type") { Description = "rsa or ed25519.", HelpName = "TYPE", DefaultValueFactory = static _ => "rsa" };
    public static Option<int> Bits { get; } = new("--bits") { Description = "Of an RSA key: 2048, 3072 or 4096.", HelpName = "N", DefaultValueFactory = static _ => DkimPrivateKey.AdvisedRsaSize };

    public static int Run(CommandContext context)
    {
        var domain = PreflightSubject.ReadDomain(context.Value(Domain)!) ?? throw new CommandFailure(ExitCode.Usage, "DOMAIN is no domain name");
        var selector = context.Value(Selector)!;
        if (selector.Length is 0 or > LongestSelector || !selector.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            throw new CommandFailure(ExitCode.Usage, "SELECTOR is no label: letters, digits and hyphens");
        using var key = Generate(context.Value(Type)!, context.Value(Bits));
        var path = context.Value(Out)!;
        Write(path, key.ToPem());
        var record = new RecordToPublish($"{selector}._domainkey.{domain}", "TXT", key.Record.Text);
        if (context.Terminal.Json)
            context.Terminal.WriteJson(record, PreflightJson.Default.RecordToPublish);
        else
        {
            context.Terminal.WriteLine($"private key in {path}; publish:");
            context.Terminal.WriteLine(PreflightText.Zone(record));
            context.Terminal.WriteLine($"and in [[domain]] of {domain}: dkim_selector = \"{selector}\", dkim_key = \"file:{path}\"");
        }
        return ExitCode.Ok;
    }

    private static DkimPrivateKey Generate(string type, int bits) => (type, bits) switch
    {
        ("rsa", 2048 or 3072 or 4096) => DkimPrivateKey.GenerateRsa(bits),
        ("ed25519", _) => DkimPrivateKey.GenerateEd25519(),
        ("rsa", _) => throw new CommandFailure(ExitCode.Usage, "--bits is 2048, 3072 or 4096"),
        _ => throw new CommandFailure(ExitCode.Usage, "--type is rsa or ed25519"),
    };

    // Never over another key, and for its owner's eyes from the first octet on.
    private static void Write(string path, string pem)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using var file = new StreamWriter(path, options);
            file.Write(pem);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Data, $"{path} cannot be made: {(File.Exists(path) ? "it exists" : "no such folder, or no permission")}");
        }
    }
}
