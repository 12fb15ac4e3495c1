using System.Text.RegularExpressions;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.Protocols.Dkim;

namespace OutreachRelay.FunctionalTests.Dkim;

/// <summary>Another implementation of DKIM, run over the messages (<c>*.eml</c>) of a directory. Its keys come from a file, so that it asks no DNS.</summary>
internal abstract class DkimPeer
{
    protected static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    public static IReadOnlyDictionary<string, DkimPeer> All { get; } =
        new Dictionary<string, DkimPeer>(StringComparer.Ordinal) { ["dkimpy"] = new DkimPy(), ["OpenDKIM"] = new OpenDkim() };

    /// <summary>Skips the test where the program is missing.</summary>
    public abstract void Require();

    /// <summary>Puts a signature for <c>example.com</c> on top of each message.</summary>
    public abstract Task SignAsync(string directory, DkimPrivateKey key, string selector);

    /// <returns>For each message by its file's name whether the signature verified; and what the program said.</returns>
    public abstract Task<(IReadOnlyDictionary<string, bool> Verified, string Output)> VerifyAsync(
        string directory, IReadOnlyDictionary<string, DkimPrivateKey> keys);

    protected static string Word(DkimPrivateKey key) => key.Algorithm == DkimAlgorithm.RsaSha256 ? "rsa-sha256" : "ed25519-sha256";

    /// <summary>Writes the records as both programs read them: name, space, text.</summary>
    protected static void WriteRecords(string file, IReadOnlyDictionary<string, DkimPrivateKey> keys) =>
        File.WriteAllLines(file, keys.Select(key => $"{key.Key}._domainkey.example.com {key.Value.Record.Text}"));

    private sealed class DkimPy : DkimPeer
    {
        // Debian's package is for Debian's Python, which need not be the first of the path.
        private const string Python = "/usr/bin/python3";

        private static readonly string Script = ProjectDirectory.Combine("Dkim", "dkim_peer.py");

        public override void Require() =>
            Assert.SkipUnless(Directory.Exists("/usr/lib/python3/dist-packages/dkim"), "needs python3-dkim: run `make peers`");

        public override async Task SignAsync(string directory, DkimPrivateKey key, string selector)
        {
            using var own = new TemporaryDirectory();
            await File.WriteAllTextAsync(own.Combine("key.pem"), key.ToPem());
            var result = await ChildProcess.RunAsync(Python, [Script, "sign", directory, own.Combine("key.pem"), selector, Word(key)], Deadline);
            Assert.True(result.ExitCode == 0, result.Output);
        }

        public override async Task<(IReadOnlyDictionary<string, bool> Verified, string Output)> VerifyAsync(
            string directory, IReadOnlyDictionary<string, DkimPrivateKey> keys)
        {
            using var own = new TemporaryDirectory();
            WriteRecords(own.Combine("keys"), keys);
            var result = await ChildProcess.RunAsync(Python, [Script, "verify", directory, own.Combine("keys")], Deadline);
            Assert.True(result.ExitCode == 0, result.Output);
            var lines = result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '));
            return (lines.ToDictionary(line => line[0], line => line[1] == "True", StringComparer.Ordinal), result.Output);
        }
    }

    /// <summary>OpenDKIM's filter in its test mode, which reads messages from files and tells what it would have its mail server do.</summary>
    private sealed class OpenDkim : DkimPeer
    {
        public override void Require() => Requires.Program("opendkim");

        public override async Task SignAsync(string directory, DkimPrivateKey key, string selector)
        {
            using var own = new TemporaryDirectory();
            await File.WriteAllTextAsync(own.Combine("key.pem"), key.ToPem());
            var files = Files(directory);
            var forms = Forms(key);
            for (var i = 0; i < forms.Length; i++)
            {
                var batch = files.Where((_, number) => number % forms.Length == i).ToList();
                var output = await RunAsync(own, batch, $"""
                    Mode s
                    Domain example.com
                    Selector {selector}
                    KeyFile {own.Combine("key.pem")}
                    RequireSafeKeys no
                    SignatureAlgorithm {Word(key)}
                    Canonicalization {forms[i]}
                    """);
                var fields = Regex.Matches(output, "hname='DKIM-Signature' hvalue='([^']*)'").Select(match => match.Groups[1].Value).ToList();
                Assert.True(fields.Count == batch.Count, output);
                foreach (var (file, field) in batch.Zip(fields))
                    await File.WriteAllBytesAsync(file, [.. "DKIM-Signature: "u8, .. Octets(field), .. "\r\n"u8, .. await File.ReadAllBytesAsync(file)]);
            }
        }

        public override async Task<(IReadOnlyDictionary<string, bool> Verified, string Output)> VerifyAsync(
            string directory, IReadOnlyDictionary<string, DkimPrivateKey> keys)
        {
            using var own = new TemporaryDirectory();
            WriteRecords(own.Combine("keys"), keys);
            var output = await RunAsync(own, Files(directory), $"TestPublicKeys {own.Combine("keys")}");
            var lines = Regex.Matches(output, @"(\S+\.eml): verification \([^)]*\) (\w+)");
            return (lines.ToDictionary(line => Path.GetFileName(line.Groups[1].Value), line => line.Groups[2].Value == "succeeded", StringComparer.Ordinal), output);
        }

        private static async Task<string> RunAsync(TemporaryDirectory own, IEnumerable<string> files, string configuration)
        {
            await File.WriteAllTextAsync(own.Combine("opendkim.conf"), $"{configuration}\nTemporaryDirectory {own.Path}\n");
            var result = await ChildProcess.RunAsync(
                "/usr/sbin/opendkim", ["-t", string.Join(',', files), "-x", own.Combine("opendkim.conf"), "-vv"], Deadline);
            Assert.True(result.ExitCode == 0, result.Output);
            return result.StandardOutput;
        }

        // What OpenDKIM 2.11 signs with Ed25519 over simple fields, neither itself nor dkimpy verifies.
        private static string[] Forms(DkimPrivateKey key) => key.Algorithm == DkimAlgorithm.RsaSha256
            ? ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"]
            : ["relaxed/simple", "relaxed/relaxed"];

        private static List<string> Files(string directory) => [.. Directory.GetFiles(directory, "*.eml").Order(StringComparer.Ordinal)];

        // Between filter and mail server lines end in LF alone.
        private static byte[] Octets(string field) => System.Text.Encoding.ASCII.GetBytes(field.Replace("\n", "\r\n"));
    }
}
