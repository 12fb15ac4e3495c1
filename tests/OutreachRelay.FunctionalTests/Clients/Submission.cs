namespace OutreachRelay.FunctionalTests.Clients;

/// <summary>What a real client is asked to submit.</summary>
/// <param name="Port">Of the server, on loopback.</param>
/// <param name="TestId">For the field <c>X-Test-Id</c>.</param>
/// <param name="Login">User name and password, for AUTH.</param>
/// <param name="Tls">How to encrypt; by default not at all.</param>
internal sealed record Submission(int Port, string TestId, (string User, string Password)? Login = null, ClientTls? Tls = null)
{
    /// <summary>The author, in the content and in the envelope; nothing of it may leave the relay.</summary>
    public const string Author = "chris@crm.example";

    public string Recipient => $"prospect-{TestId}@dest.example";
}

/// <param name="IsImplicit">From the first octet; otherwise by STARTTLS, which must succeed.</param>
/// <param name="RootFile">The only authority to be trusted, in PEM.</param>
internal sealed record ClientTls(bool IsImplicit, string RootFile);
