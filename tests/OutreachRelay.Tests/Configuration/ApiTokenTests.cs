using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Configuration;

/// <summary><c>[[http.token]]</c>.</summary>
public sealed class ApiTokenTests : IDisposable
{
    private const string Secret = "0123456789abcdef";
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_Token_HasNameScopesAndNoSecret()
    {
        _folder.Environment["T"] = Secret;

        var token = Assert.Single(_folder.Model(Toml("ops", "T", "\"read\", \"operate\"")).Http.Tokens);

        Assert.Equal(("ops", ApiScopes.Read | ApiScopes.Operate), (token.Name, token.Scopes));
        Assert.True(token.Matches(ApiTokenModel.DigestOf(Secret).AsSpan()));
        Assert.DoesNotContain(Secret, token.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void O8_TokenThatIsUnset_IsDisabledWithAWarning(string? value)
    {
        if (value is not null)
            _folder.Environment["T"] = value;

        var loaded = _folder.Load(Toml("ops", "T", "\"read\""));

        Assert.Equal("http.token[0].secret: the secret 'env:T' is not set or empty; this token is disabled", $"{loaded.Problems.Single().Path}: {loaded.Problems[0].Message}");
        Assert.Empty(loaded.Model!.Http.Tokens);
    }

    [Fact]
    public void O8_ShortToken_IsWarnedOfAndNotShown()
    {
        _folder.Environment["T"] = "geheim";

        Assert.Equal(["relay.toml:23:10: warning: http.token[0].secret: the token is shorter than 16 characters and can be guessed"],
            _folder.Problems(Toml("ops", "T", "\"read\"")));
    }

    [Fact]
    public void Load_TwoTokensOfOneSecret_AreAnError()
    {
        _folder.Environment["T"] = Secret;

        var problem = Assert.Single(_folder.Problems(Toml("a", "T", "\"read\"") + Toml("b", "T", "\"read\"")[ConfigurationFolder.Minimal.Length..].Replace("[http]\n", "")));

        Assert.Equal("relay.toml:27:10: error: http.token[1].secret: token 'a' has the same secret, at relay.toml:23:10", problem);
    }

    [Fact]
    public void Load_UnknownScope_IsAnError()
    {
        _folder.Environment["T"] = Secret;

        Assert.Equal(["relay.toml:24:11: error: http.token[0].scopes[0]: expected one of \"read\", \"operate\", found 'admin'"],
            _folder.Problems(Toml("ops", "T", "\"admin\"")));
    }

    private static string Toml(string name, string variable, string scopes) =>
        ConfigurationFolder.Minimal + $"[http]\n[[http.token]]\nname = \"{name}\"\nsecret = \"env:{variable}\"\nscopes = [{scopes}]\n";
}
