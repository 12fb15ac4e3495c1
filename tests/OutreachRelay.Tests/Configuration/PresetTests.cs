using OutreachRelay.Configuration;

namespace OutreachRelay.Tests.Configuration;

/// <summary>Presets: those that come with the program, and files of the operator's.</summary>
public sealed class PresetTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public PresetTests() => _folder.Environment["P"] = "hunter2";

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sendgrid", "", "smtp.sendgrid.net", "apikey", 5000, null)]
    [InlineData("sendgrid", "region = \"eu\"", "smtp.eu.sendgrid.net", "apikey", 5000, null)]
    [InlineData("mailgun", "username = \"u\"", "smtp.mailgun.org", "u", 3, null)]
    [InlineData("mailgun", "username = \"u\"\nregion = \"eu\"", "smtp.eu.mailgun.org", "u", 3, null)]
    [InlineData("ses", "username = \"u\"\nregion = \"eu-west-1\"", "email-smtp.eu-west-1.amazonaws.com", "u", 1000, 40L << 20)]
    [InlineData("postmark", "", "smtp.postmarkapp.com", "hunter2", 1000, 10L << 20)]
    [InlineData("resend", "", "smtp.resend.com", "resend", 1000, null)]
    public void Load_ShippedPreset_FillsInWhatIsOpen(string preset, string lines, string host, string user, int messages, long? size)
    {
        var upstream = _folder.Model(Toml($"preset = \"{preset}\"\npassword = \"env:P\"\n{lines}")).Upstreams["up"];

        Assert.Equal((host, 587, TlsMode.StartTls), (upstream.Host, upstream.Port, upstream.Tls));
        Assert.Equal((user, "hunter2"), (upstream.Credential!.Username, upstream.Credential.Password));
        Assert.Equal((messages, size), (upstream.MaxMessagesPerConnection, upstream.MaxMessageSize));
        Assert.Equal((preset, preset), (upstream.Preset!.Name, upstream.Preset.Replies));
    }

    [Theory]
    [InlineData("sendgrid", EnvelopeRule.Provider, "sendgrid.net", null, "")]
    [InlineData("mailgun", EnvelopeRule.Domain, "mailgun.org", null, "")]
    [InlineData("ses", EnvelopeRule.Free, "amazonses.com", false, "Message-ID,Date")]
    [InlineData("postmark", EnvelopeRule.Provider, "spf.mtasv.net", null, "Message-ID")]
    [InlineData("resend", EnvelopeRule.Provider, "amazonses.com", false, "Message-ID,Date")]
    public void Load_ShippedPreset_TellsWhatTheProviderDoes(string name, EnvelopeRule returnPath, string spf, bool? utf8, string replaced)
    {
        var preset = _folder.Model(Toml($"preset = \"{name}\"\nhost = \"h.example\"")).Upstreams["up"].Preset!;

        Assert.Equal((returnPath, spf, utf8), (preset.ReturnPath, preset.SpfInclude, preset.SmtpUtf8));
        Assert.Equal(replaced, string.Join(',', preset.ReplacedFields));
    }

    [Theory]
    [InlineData("sendgrid", "", "X-SMTPAPI: {\"unique_args\":{\"orid\":\"{id}\"}}")]
    [InlineData("sendgrid", "ip_pool = \"cold 1\"", "X-SMTPAPI: {\"unique_args\":{\"orid\":\"{id}\"},\"ip_pool\":\"cold 1\"}")]
    [InlineData("mailgun", "", "X-Mailgun-Variables: {\"orid\":\"{id}\"}")]
    [InlineData("ses", "", "X-SES-MESSAGE-TAGS: orid={id}")]
    [InlineData("ses", "ip_pool = \"cold\"", "X-SES-MESSAGE-TAGS: orid={id}|X-SES-CONFIGURATION-SET: cold")]
    [InlineData("postmark", "ip_pool = \"cold\"", "X-PM-Metadata-orid: {id}|X-PM-KeepID: true|X-PM-Message-Stream: cold")]
    [InlineData("resend", "", "X-Outreach-Id: {id}|Resend-Idempotency-Key: {id}")]
    public void W36_ShippedPreset_SaysInWhichFieldsOurIdAndThePoolTravel(string preset, string lines, string fields)
    {
        var upstream = _folder.Model(Toml($"preset = \"{preset}\"\nhost = \"h.example\"\n{lines}")).Upstreams["up"];

        Assert.Equal(fields, string.Join('|', upstream.AddedFields.Select(field => $"{field.Name}: {field.Value}")));
    }

    [Fact]
    public void Load_KeysBesideAPreset_Win()
    {
        var upstream = _folder.Model(Toml("""
            preset = "postmark"
            host = "smtp-broadcasts.postmarkapp.com"
            port = 2525
            username = "other"
            password = "env:P"
            max_message_size = "1MiB"
            max_messages_per_connection = 7
            """)).Upstreams["up"];

        Assert.Equal(("smtp-broadcasts.postmarkapp.com", 2525, "other"), (upstream.Host, upstream.Port, upstream.Credential!.Username));
        Assert.Equal((1L << 20, 7), (upstream.MaxMessageSize, upstream.MaxMessagesPerConnection));
    }

    [Fact]
    public void Load_OtherTlsThanThePreset_TakesItsUsualPort() =>
        Assert.Equal(465, _folder.Model(Toml("preset = \"resend\"\ntls = \"implicit\"")).Upstreams["up"].Port);

    [Theory]
    [InlineData("preset = \"ses\"", "20:1: error: upstream[1].host: is missing: the preset 'ses' needs a region beside it, or a host")]
    [InlineData("preset = \"mailgun\"\nregion = \"us\"", "24:10: error: upstream[1].region: expected one of \"eu\", found 'us'")]
    [InlineData("preset = \"resend\"\nregion = \"us\"", "24:10: error: upstream[1].region: the preset 'resend' has no regions")]
    [InlineData("preset = \"ses\"\nregion = \"eu-west-1\"\nhost = \"h.example\"", "24:10: error: upstream[1].region: has no meaning beside host")]
    [InlineData("preset = \"resend\"\nip_pool = \"cold\"", "24:11: error: upstream[1].ip_pool: the preset 'resend' knows no way to pass it on")]
    [InlineData("preset = \"sendgrid\"\nip_pool = 'a\"b'", "24:11: error: upstream[1].ip_pool: expected 1 to 64 visible ASCII characters without quotes, braces and backslashes")]
    [InlineData("preset = \"ses\"\nregion = \"eu/x\"\nhost = \"h.example\"", "24:10: error: upstream[1].region: expected a region such as \"eu-west-1\", found 'eu/x'")]
    public void Load_KeyThatThePresetHasNoUseFor_IsAnError(string lines, string problem) =>
        Assert.Equal(["relay.toml:" + problem], _folder.Problems(Toml(lines)));

    [Fact]
    public void Load_UnknownPreset_ListsThoseThatThereAre()
    {
        var problem = Assert.Single(_folder.Problems(Toml("preset = \"sess\"")));

        Assert.StartsWith("relay.toml:23:10: error: upstream[1].preset: there is no preset 'sess'; did you mean 'ses'? ", problem);
        Assert.EndsWith("conf/presets has: mailgun, postmark, resend, sendgrid, ses", problem);
    }

    [Fact]
    public void Load_FileOfOnesOwn_IsAPreset()
    {
        Write("own", "host = \"smtp.own.example\"\nreturn_path = \"free\"\n[[field]]\nname = \"X-Own\"\nvalue = \"id={id}\"\n");

        var first = WithReplyRules().Model(Own("own"));
        Write("own", "host = \"smtp.own.example\"\nreturn_path = \"free\"\n");
        var second = _folder.Model(Own("own"));

        Assert.Equal([new AddedField("X-Own", "id={id}")], first.Upstreams["up"].AddedFields);
        Assert.NotEqual(first.Upstreams["up"].Preset, second.Upstreams["up"].Preset);
        Assert.NotEqual(first.Version, second.Version);
    }

    [Theory]
    [InlineData("host = \"smtp.own.example\"\n", "1:1: error: return_path: is missing, and has no default")]
    [InlineData("return_path = \"free\"\nsize = 1\n", "2:1: error: size: there is no such key")]
    [InlineData("return_path = \"free\"\nregion_host = \"h.example\"\n", "2:15: error: region_host: expected a host name with {region} in it, found 'h.example'")]
    [InlineData("return_path = \"free\"\n[[field]]\nname = \"X Y\"\nvalue = \"1\"\n", "3:8: error: field[0].name: expected the name of a header field, found 'X Y'")]
    [InlineData("return_path = \"free\"\n[[field]]\nname = \"X-Y\"\nvalue = \"1\\r\\nTo: x\"\n", "4:9: error: field[0].value: expected 1 to 500 visible ASCII characters")]
    [InlineData("return_path = \"free\"\n[[field]]\nname = \"X-Y\"\nvalue = \"grüße\"\n", "4:9: error: field[0].value: expected 1 to 500 visible ASCII characters")]
    [InlineData("return_path = \"free\"\nreplaced_fields = [\"Date\", \"from\"]\n", "2:28: error: replaced_fields[1]: From cannot be replaced by a provider")]
    [InlineData("return_path = ", "1:15: error: ")]
    public void Load_WrongPresetFile_IsToldWithItsPlace(string content, string problem)
    {
        Write("own", content);

        Assert.Contains(_folder.Problems(Own("own") + "\nhost = \"h.example\""), found => found.StartsWith("conf/presets/own.toml:" + problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_NoPresetsThere_SaysWhere() =>
        Assert.EndsWith(
            "there is no preset 'own': conf/presets holds none; relay.conf_dir names the folder of the program's data",
            Assert.Single(WithReplyRules().Problems(Own("own"))));

    // The folder of the program's data holds these too.
    private ConfigurationFolder WithReplyRules()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "conf", "replies"));
        _folder.Write(
            Path.Combine("conf", "replies", "general.toml"), File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "conf", "replies", "general.toml")));
        return _folder;
    }

    private void Write(string preset, string content)
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "conf", "presets"));
        _folder.Write(Path.Combine("conf", "presets", preset + ".toml"), content);
    }

    private static string Own(string preset) => Toml($"preset = \"{preset}\"").Replace("[relay]", "[relay]\nconf_dir = \"conf\"", StringComparison.Ordinal);

    private static string Toml(string lines) => ConfigurationFolder.Minimal + "[[upstream]]\nname = \"up\"\ntype = \"smtp\"\n" + lines;
}
