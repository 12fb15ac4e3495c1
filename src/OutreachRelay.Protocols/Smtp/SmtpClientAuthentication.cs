using System.Text;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>AUTH with an initial response where it is short (RFC 4954). Runs below TLS only, so no mechanism needs to hide its secret.</summary>
internal sealed class SmtpClientAuthentication(SmtpClientConnection connection, SmtpClientOptions options, SmtpClientCredential credential)
{
    // RFC 5321 §4.5.3.1.4: a command with its initial response has at most 512 octets; a longer response follows after 334.
    private const int MaxCommand = 512;

    public async Task<SmtpResult?> RunAsync(SmtpCapabilities capabilities)
    {
        var offered = capabilities.AuthMechanisms;
        if (credential.IsToken && offered.Contains("XOAUTH2"))
            return await ConverseAsync(Response("XOAUTH2", $"user={credential.Username}\u0001auth=Bearer {credential.Password}\u0001\u0001"), atError: "");
        if (credential.IsToken && offered.Contains("OAUTHBEARER"))
            return await ConverseAsync(Response("OAUTHBEARER", BearerResponse()), atError: Encode("\u0001"));
        if (!credential.IsToken && offered.Contains("PLAIN"))
            return await ConverseAsync(Response("PLAIN", $"\0{credential.Username}\0{credential.Password}"));
        if (!credential.IsToken && offered.Contains("LOGIN"))
            return await ConverseAsync(["AUTH LOGIN", Encode(credential.Username), Encode(credential.Password)]);
        var wanted = credential.IsToken ? "neither XOAUTH2 nor OAUTHBEARER" : "neither PLAIN nor LOGIN";
        return SmtpResult.Local(
            SmtpStage.Auth, SmtpFailureKind.NoMechanism, offered.IsEmpty ? "the server does not offer AUTH" : $"the server offers {wanted}");
    }

    // RFC 7628 §3.1, with the user name as RFC 5801 §4 writes it.
    private string BearerResponse()
    {
        var user = credential.Username.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);
        return $"n,a={user},\u0001host={options.Host}\u0001port={options.Port}\u0001auth=Bearer {credential.Password}\u0001\u0001";
    }

    private static string[] Response(string mechanism, string response)
    {
        var encoded = Encode(response);
        var command = $"AUTH {mechanism} {encoded}";
        return command.Length + 2 <= MaxCommand ? [command] : [$"AUTH {mechanism}", encoded];
    }

    /// <param name="atError">What acknowledges an error that comes as a challenge; <see langword="null"/> for mechanisms that have no such thing.</param>
    private async Task<SmtpResult?> ConverseAsync(string[] lines, string? atError = null)
    {
        for (var next = 0; next < lines.Length; next++)
        {
            var answer = await SayAsync(lines[next]);
            if (answer.Failed || answer.Reply is { IsTransient: true } or { IsPermanent: true })
                return answer.ToFailure(SmtpStage.Auth);
            if (answer.Reply!.Code == 235)
                return null;
            if (answer.Reply.Code == 334 && next == lines.Length - 1 && atError is not null)
                return await AcknowledgeAsync(atError);
            if (answer.Reply.Code != 334 || next == lines.Length - 1)
                return answer.ToOutOfStep(SmtpStage.Auth);
        }
        return null;
    }

    // RFC 7628 §3.2.3: the server tells the error in a challenge, and refuses once the client has answered that.
    private async Task<SmtpResult> AcknowledgeAsync(string line)
    {
        var answer = await SayAsync(line);
        return answer.Failed || answer.Reply!.Code >= 400 ? answer.ToFailure(SmtpStage.Auth) : answer.ToOutOfStep(SmtpStage.Auth);
    }

    private ValueTask<SmtpClientAnswer> SayAsync(string line) =>
        connection.ExchangeAsync(Encoding.ASCII.GetBytes(line + "\r\n"), options.Timeouts.Command);

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
