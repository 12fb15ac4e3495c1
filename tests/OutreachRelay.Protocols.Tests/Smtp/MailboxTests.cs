using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Tests.Smtp;

public sealed class MailboxTests
{
    [Theory]
    [InlineData("jane@example.com", "jane", "example.com")]
    [InlineData("jane.doe+tag@example.com", "jane.doe+tag", "example.com")]
    [InlineData("!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~", "example.com")]
    [InlineData("\"jane doe\"@example.com", "jane doe", "example.com")]
    [InlineData("\"a@b\"@example.com", "a@b", "example.com")]
    [InlineData("\"a\\\\b\"@example.com", "a\\b", "example.com")]
    [InlineData("\"..\"@example.com", "..", "example.com")]
    [InlineData("jörg@bücher.example", "jörg", "bücher.example")]
    [InlineData("a@my_host.example", "a", "my_host.example")]
    public void TryParse_ValidMailbox_HasItsParts(string text, string localPart, string domain)
    {
        Assert.True(Mailbox.TryParse(text, out var mailbox, out _));
        Assert.Equal((localPart, domain), (mailbox.LocalPart, mailbox.Domain));
        Assert.Equal(text, mailbox.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("jane")]
    [InlineData("@example.com")]
    [InlineData("jane@")]
    [InlineData(".jane@example.com")]
    [InlineData("jane.@example.com")]
    [InlineData("ja..ne@example.com")]
    [InlineData("ja ne@example.com")]
    [InlineData("jane@exa mple.com")]
    [InlineData("jane@doe@example.com")]
    [InlineData("\"jane@example.com")]
    [InlineData("\"jane\\")]
    [InlineData("\"jane\"example.com")]
    [InlineData("\"\"@example.com")]
    [InlineData("jane@localhost")]
    [InlineData("jane@.example.com")]
    [InlineData("jane@example..com")]
    [InlineData("jane@example.com.")]
    [InlineData("jane@-example.com")]
    [InlineData("jane@example-.com")]
    [InlineData("jane@[192.0.2.1]")]
    [InlineData("<jane@example.com>")]
    public void TryParse_InvalidMailbox_SaysWhatIsWrong(string text)
    {
        Assert.False(Mailbox.TryParse(text, out var mailbox, out var error));
        Assert.Null(mailbox);
        Assert.NotEmpty(error);
    }

    [Theory]
    [InlineData('\0')]
    [InlineData('\r')]
    [InlineData('\n')]
    [InlineData('\x1b')]
    [InlineData('\x7f')]
    [InlineData('\x85')]
    [InlineData('\u2028')]
    [InlineData('\uFFFD')]
    [InlineData('\uD800')]
    public void ControlCharacterInEitherPart_IsRefused(char control)
    {
        Assert.Null(Mailbox.Create($"a{control}b", "example.com", out _));
        Assert.Null(Mailbox.Create("a", $"exam{control}ple.com", out _));
        Assert.False(Mailbox.TryParse($"\"a{control}b\"@example.com", out _, out _));
        Assert.False(Mailbox.TryParse($"\"a\\{control}b\"@example.com", out _, out _));
    }

    [Theory]
    [InlineData(64, 63, true)]
    [InlineData(65, 63, false)]
    [InlineData(64, 64, false)]
    public void Create_AtTheLimits_IsExact(int localPart, int label, bool isValid) =>
        Assert.Equal(isValid, Mailbox.Create(new string('a', localPart), new string('d', label) + ".example", out _) is not null);

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void Create_DomainOfLength_IsLimited(int length, bool isValid)
    {
        var domain = string.Concat(Enumerable.Repeat("a.", length / 2 - 1)).PadRight(length, 'e');
        Assert.Equal(length, domain.Length);
        Assert.Equal(isValid, Mailbox.Create("a", domain, out _) is not null);
    }

    [Fact]
    public void Key_OfTwoSpellings_IsTheSame()
    {
        Assert.True(Mailbox.TryParse("Jane@BÜCHER.example", out var one, out _));
        Assert.True(Mailbox.TryParse("jane@xn--bcher-kva.EXAMPLE", out var other, out _));
        Assert.Equal("jane@xn--bcher-kva.example", one.Key);
        Assert.Equal(one.Key, other.Key);
    }

    [Theory]
    [InlineData("jane@example.com", "jane@EXAMPLE.com", true)]
    [InlineData("\"jane\"@example.com", "jane@example.com", true)]
    [InlineData("Jane@example.com", "jane@example.com", false)]
    public void Equals_ComparesDomainsWithoutCase(string one, string other, bool areEqual)
    {
        Assert.True(Mailbox.TryParse(one, out var a, out _) & Mailbox.TryParse(other, out var b, out _));
        Assert.Equal(areEqual, a!.Equals(b));
        Assert.True(!areEqual || a.GetHashCode() == b!.GetHashCode());
    }

    [Theory]
    [InlineData("jane@bücher.example", false)]
    [InlineData("jörg@example.com", true)]
    public void NeedsUtf8_DependsOnTheLocalPartAlone(string text, bool needs)
    {
        Assert.True(Mailbox.TryParse(text, out var mailbox, out _));
        Assert.Equal(needs, mailbox.NeedsUtf8);
    }
}
