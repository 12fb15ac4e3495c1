using System.Text;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>AUTH PLAIN with an initial response, or AUTH LOGIN (RFC 4954, RFC 4616). Runs below TLS only, so neither needs to hide the password.</summary>
internal sealed class SmtpClientAuthentication(SmtpClientConnection connection, TimeSpan timeout)
{
    // RFC 5321 §4.5.3.1.4: a command with its initial response has at most 512 octets; a longer response follows after 334.
    private const int MaxCommand = 512;

    public async Task<SmtpResult?> RunAsync(SmtpCapabilities capabilities, SmtpClientCredential credential)
    {
        if (capabilities.AuthMechanisms.Contains("PLAIN"))
            return await ConverseAsync(Plain(credential));
        if (capabilities.AuthMechanisms.Contains("LOGIN"))
            return await ConverseAsync(["AUTH LOGIN", Encode(credential.Username), Encode(credential.Password)]);
        var offered = capabilities.AuthMechanisms.IsEmpty ? "the server does not offer AUTH" : "the server offers neither PLAIN nor LOGIN";
        return SmtpResult.Local(SmtpStage.Auth, SmtpFailureKind.NoMechanism, offered);
    }

    private static string[] Plain(SmtpClientCredential credential)
    {
        var response = Encode($"\0{credential.Username}\0{credential.Password}");
        var command = $"AUTH PLAIN {response}";
        return command.Length + 2 <= MaxCommand ? [command] : ["AUTH PLAIN", response];
    }

    private async Task<SmtpResult?> ConverseAsync(string[] lines)
    {
        for (var next = 0; next < lines.Length; next++)
        {
            var answer = await connection.ExchangeAsync(Encoding.ASCII.GetBytes(lines[next] + "\r\n"), timeout);
            if (answer.Failed || answer.Reply is { IsTransient: true } or { IsPermanent: true })
                return answer.ToFailure(SmtpStage.Auth);
            if (answer.Reply!.Code == 235)
                return null;
            if (answer.Reply.Code != 334 || next == lines.Length - 1)
                return answer.ToOutOfStep(SmtpStage.Auth);
        }
        return null;
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
