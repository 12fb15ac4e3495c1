namespace OutreachRelay.Tests.Configuration;

/// <summary>Secrets come from outside of the configuration and appear in no message.</summary>
public sealed class SecretTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_PasswordOfTheEnvironment_EnablesTheLogin()
    {
        _folder.Environment["P"] = "geheim";

        Assert.Equal("geheim", _folder.Model(Toml("env:P")).Logins["crm"].Password);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void O8_UnsetClientPassword_DisablesTheLoginWithAWarning(string? value)
    {
        if (value is not null)
            _folder.Environment["P"] = value;

        var loaded = _folder.Load(Toml("env:P"));

        Assert.Equal("client[0].password: the secret 'env:P' is not set or empty; the login of this client is disabled", $"{loaded.Problems.Single().Path}: {loaded.Problems[0].Message}");
        Assert.Empty(loaded.Model!.Logins);
        Assert.Null(loaded.Model.Clients["acme"].Password);
    }

    [Theory]
    [InlineData("geheim")]
    [InlineData("geheim\n")]
    [InlineData("geheim\r\n")]
    public void Load_PasswordOfAFile_LosesItsLineEnd(string content)
    {
        WriteSecret(content, UnixFileMode.UserRead);

        Assert.Equal("geheim", _folder.Model(Toml("file:p.txt")).Logins["crm"].Password);
    }

    [Theory]
    [InlineData("gehe\nim\n")]
    [InlineData("gehe\rim")]
    [InlineData("gehe\0im")]
    [InlineData("geheim\n\n")]
    public void Load_PasswordWithLineEndInside_IsAnErrorThatDoesNotShowIt(string content)
    {
        WriteSecret(content, UnixFileMode.UserRead);

        Assert.Equal(["relay.toml:8:12: error: client[0].password: the file 'p.txt' holds a line end or a NUL inside the secret"], _folder.Problems(Toml("file:p.txt")));
    }

    [Fact]
    public void Load_PasswordFileThatIsMissing_IsAnError()
    {
        Assert.Equal(["relay.toml:8:12: error: client[0].password: the file 'p.txt' does not exist"], _folder.Problems(Toml("file:p.txt")));
    }

    [Fact]
    public void O8_PasswordFileThatAllCanRead_IsWarnedOf()
    {
        WriteSecret("geheim", UnixFileMode.UserRead | UnixFileMode.OtherRead);

        Assert.Equal(["relay.toml:8:12: warning: client[0].password: every user of this machine can read the file 'p.txt'; chmod o-r it"], _folder.Problems(Toml("file:p.txt")));
    }

    [Theory]
    [InlineData("geheim")]
    [InlineData("env:")]
    [InlineData("env:A B")]
    [InlineData("file:")]
    public void Load_PasswordInTheFileItself_IsRefusedAndNotShown(string password)
    {
        Assert.Equal(["relay.toml:8:12: error: client[0].password: expected a secret as \"env:NAME\" or \"file:PATH\"; secrets do not stand in this file"],
            _folder.Problems(Toml(password)));
    }

    [Theory]
    [InlineData("geheim\nx")]
    [InlineData("geheim")]
    public void O8_AnySecret_AppearsInNoText(string secret)
    {
        _folder.Environment["P"] = secret;

        var loaded = _folder.Load(Toml("env:P") + "[[upstream]]\nname = \"up\"\ntype = \"smtp\"\nhost = \"h.example\"\nusername = \"env:P\"\npassword = \"env:P\"\n");

        Assert.DoesNotContain("geheim", string.Concat(loaded.Problems) + loaded.Model?.Upstreams["up"].Credential);
    }

    private void WriteSecret(string content, UnixFileMode mode)
    {
        _folder.Write("p.txt", content);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(_folder.Path, "p.txt"), mode);
    }

    private static string Toml(string password) =>
        ConfigurationFolder.Minimal.Replace("name = \"acme\"\nn", $"name = \"acme\"\nusername = \"crm\"\npassword = \"{password}\"\nn");
}
