namespace OutreachRelay.FunctionalTests.Clients;

/// <summary>What a real client is asked to submit.</summary>
/// <param name="Port">Of the server, on loopback.</param>
/// <param name="TestId">For the field <c>X-Test-Id</c>.</param>
/// <param name="Login">User name and password, for AUTH.</param>
internal sealed record Submission(int Port, string TestId, (string User, string Password)? Login = null)
{
    /// <summary>The author, in the content and in the envelope; nothing of it may leave the relay.</summary>
    public const string Author = "chris@crm.example";

    public string Recipient => $"prospect-{TestId}@dest.example";
}
