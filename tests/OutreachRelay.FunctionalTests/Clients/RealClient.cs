using System.Text;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Clients;

/// <summary>A mail program in wide use that submits a realistic mail.</summary>
internal sealed class RealClient
{
    private readonly Func<Submission, string, string[]> _command;
    private readonly bool _composes;

    private RealClient(string program, bool composes, Func<Submission, string, string[]> command) =>
        (Program, _composes, _command) = (program, composes, command);

    /// <summary>By the names that the tests use.</summary>
    public static IReadOnlyDictionary<string, RealClient> All { get; } = new Dictionary<string, RealClient>(StringComparer.Ordinal)
    {
        ["smtplib"] = new("python3", composes: true, (s, file) =>
            [ProjectDirectory.Combine("Clients", "submit.py"), $"{s.Port}", s.Recipient, s.TestId, file, .. LoginArguments(s)]),

        ["nodemailer"] = new("node", composes: true, (s, file) =>
            [ProjectDirectory.Combine("Clients", "nodemailer", "submit.js"), $"{s.Port}", s.Recipient, s.TestId, file, .. LoginArguments(s)]),

        ["swaks"] = new("swaks", composes: false, (s, file) =>
        [
            "--server", $"127.0.0.1:{s.Port}", "--from", Submission.Author, "--to", s.Recipient, "--helo", "crm.example", "--data", $"@{file}",
            .. s.Login is { } login ? (string[])["--auth", "LOGIN", "--auth-user", login.User, "--auth-password", login.Password] : [],
            .. s.Tls is { } tls ? (string[])[tls.IsImplicit ? "--tlsc" : "--tls", "--tls-verify", "--tls-ca-path", tls.RootFile] : [],
        ]),

        ["curl"] = new("curl", composes: false, (s, file) =>
        [
            "--silent", "--show-error", $"{(s.Tls is { IsImplicit: true } ? "smtps" : "smtp")}://127.0.0.1:{s.Port}", "--mail-from", Submission.Author, "--mail-rcpt", s.Recipient,
            "--upload-file", file,
            .. s.Login is { } login ? (string[])["--user", $"{login.User}:{login.Password}"] : [],
            .. s.Tls is { } tls ? (string[])["--ssl-reqd", "--cacert", tls.RootFile] : [],
        ]),

        ["msmtp"] = new("sh", composes: false, (s, file) =>
        [
            "-c", "file=$1; shift; exec msmtp --file=/dev/null \"$@\" < \"$file\"", "msmtp", file,
            "--host=127.0.0.1", $"--port={s.Port}", $"--from={Submission.Author}",
            .. s.Tls is { } tls ? (string[])["--tls=on", $"--tls-starttls={(tls.IsImplicit ? "off" : "on")}", $"--tls-trust-file={tls.RootFile}"] : ["--tls=off"],
            .. s.Login is { } login ? (string[])["--auth=plain", $"--user={login.User}", $"--passwordeval=echo '{login.Password}'"] : ["--auth=off"],
            "--", s.Recipient,
        ]),
    };

    public string Program { get; }

    /// <summary>Submits one mail and returns its content as the client has it, with CRLF.</summary>
    /// <exception cref="InvalidOperationException">The client reported a failure.</exception>
    public async Task<byte[]> SubmitAsync(Submission submission)
    {
        using var directory = new TemporaryDirectory();
        var file = directory.Combine("mail.eml");
        if (!_composes)
            await File.WriteAllBytesAsync(file, RealisticMail.Create(submission));
        var result = await ChildProcess.RunAsync(Program, _command(submission, file));
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"{Program} ended with {result.ExitCode}:\n{result.Output}");
        var content = await File.ReadAllBytesAsync(file);
        return content.AsSpan().EndsWith("\r\n"u8) ? content : [.. content, .. "\r\n"u8];
    }

    private static string[] LoginArguments(Submission submission) =>
        [
            .. submission.Login is { } login ? (string[])[login.User, login.Password] : [],
            .. submission.Tls is { } tls ? (string[])[tls.IsImplicit ? "implicit" : "starttls", tls.RootFile] : [],
        ];
}

/// <summary>The mail of the clients that compose none themselves. Its last line has no end: swaks adds one in any case, the others then do.</summary>
internal static class RealisticMail
{
    public static byte[] Create(Submission submission) => Encoding.UTF8.GetBytes($"""
        Date: Mon, 05 Jan 2026 09:12:44 +0100
        From: =?UTF-8?Q?Chris_Gr=C3=BCnder?= <{Submission.Author}>
        To: "Prospect, The" <{submission.Recipient}>
        Subject: =?UTF-8?Q?Ein_Gespr=C3=A4ch_=C3=BCber_K=C3=BChlketten=2C?=
         =?UTF-8?Q?_diese_oder_n=C3=A4chste_Woche=3F?=
        Message-ID: <{submission.TestId}.20260105@mailer.crm-tool.example>
        X-Test-Id: {submission.TestId}
        MIME-Version: 1.0
        Content-Type: multipart/alternative; boundary="=_b1"

        --=_b1
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        Guten Tag,

        .ein Punkt am Anfang bleibt ein Punkt.
        ..zwei auch.	Und ein Tab, und Leerzeichen am Ende:   
        Grüße, Chris
        --=_b1
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        <p>Guten Tag,</p><p style=3D"color:#333">ein Gespr=C3=A4ch =C3=BCber K=C3=
        =BChlketten?</p>
        --=_b1--
        """.ReplaceLineEndings("\r\n"));
}
