using System.Security.Cryptography.X509Certificates;
using OutreachRelay.FunctionalTests.Running;
using OutreachRelay.Protocols.Tests.Smtp.Client;

namespace OutreachRelay.FunctionalTests.Peers;

/// <summary>What makes a Postfix a provider: a certificate for 127.0.0.1 that is its own root, and one account (Cyrus SASL with a database of its own).</summary>
internal sealed class PostfixAccount : IDisposable
{
    public const string User = "relay";
    public const string Password = "wrong horse";
    private const string Realm = "postfix.example";

    private readonly TemporaryDirectory _directory = new();

    private string Database => _directory.Combine("sasldb2");

    private PostfixAccount()
    {
        using var certificate = TestCertificate.For("127.0.0.1");
        Root = Write("root.pem", certificate.ExportCertificatePem());
        Key = Write("key.pem", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        PasswordFile = Write("password", Password);
    }

    /// <summary>The certificate in PEM.</summary>
    public string Root { get; }

    public string Key { get; }

    /// <summary>A file that holds the password.</summary>
    public string PasswordFile { get; }

    /// <summary>A Postfix of which whoever submits must have this account, and submits below TLS.</summary>
    public Task<PostfixInstance> StartPostfixAsync(int nextHopPort) => PostfixInstance.StartWithSaslAsync(nextHopPort, Sasl, Settings);

    private string Sasl => $"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {Database}\nmech_list: PLAIN LOGIN\n";

    /// <summary>Lines of <c>main.cf</c>: TLS for all that comes, AUTH only below it, mail only after it.</summary>
    private string[] Settings =>
    [
        "smtpd_tls_security_level = may",
        "smtpd_tls_auth_only = yes",
        "smtpd_tls_loglevel = 1",
        $"smtpd_tls_cert_file = {Root}",
        $"smtpd_tls_key_file = {Key}",
        "smtpd_sasl_auth_enable = yes",
        "smtpd_sasl_path = smtpd",
        $"smtpd_sasl_local_domain = {Realm}",
        "smtpd_relay_restrictions = permit_sasl_authenticated, reject",
    ];

    /// <summary>Keys of an upstream that logs in.</summary>
    /// <param name="root">The file of the root that it trusts.</param>
    public string Keys(string root) => $"ca = \"{root}\"\nusername = \"{User}\"\npassword = \"file:{PasswordFile}\"";

    public static async Task<PostfixAccount> CreateAsync()
    {
        var account = new PostfixAccount();
        await ExpectAsync("saslpasswd2", ["-p", "-c", "-f", account.Database, "-u", Realm, User], Password);
        await ExpectAsync("chown", ["postfix", account.Database]);
        return account;
    }

    public void Dispose() => _directory.Dispose();

    private static async Task ExpectAsync(string program, string[] arguments, string? input = null)
    {
        var result = await ChildProcess.RunAsync(program, arguments, input: input);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {result.ExitCode}:\n{result.Output}");
    }

    private string Write(string name, string content)
    {
        var path = _directory.Combine(name);
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, (UnixFileMode)0b110_000_000);
        return path;
    }
}
