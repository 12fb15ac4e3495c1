using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Deliver.Rendering;

namespace OutreachRelay.Tests.Deliver.Rendering;

/// <summary>What a preset adds for its provider.</summary>
public sealed class AddedFieldTests
{
    private static readonly UpstreamModel Ses = Samples.Upstream with
    {
        AddedFields = [new AddedField("X-SES-MESSAGE-TAGS", "orid={id}"), new AddedField("X-SES-CONFIGURATION-SET", "cold")],
    };

    [Fact]
    public void W36_UpstreamWithAPreset_GetsTheIdOnceInOneLine()
    {
        var head = Head("Subject: hi\r\n", Ses);

        Assert.EndsWith("\r\nX-SES-MESSAGE-TAGS: orid=tok-1\r\nX-SES-CONFIGURATION-SET: cold\r\n\r\n", head);
    }

    [Fact]
    public void W36_AnotherUpstream_GetsNone() => Assert.DoesNotContain("tok-1", Head("Subject: hi\r\n", Samples.Upstream));

    [Theory]
    [InlineData("X-SES-MESSAGE-TAGS: mine=1\r\n")]
    [InlineData("x-ses-message-tags: a=1\r\nX-Ses-Message-Tags: b=2\r\n")]
    [InlineData("X-SES-CONFIGURATION-SET:\r\n other\r\n")]
    public void W36_FieldOfThatNameFromTheClient_IsLeftOut(string fields)
    {
        var head = Head("Subject: hi\r\n" + fields, Ses);

        Assert.Equal(Head("Subject: hi\r\n", Ses), head);
    }

    [Fact]
    public void W36_FieldOfAProviderThatNoRuleKnows_IsLeftOutForThatProviderOnly()
    {
        var own = Samples.Upstream with { AddedFields = [new AddedField("Own-Id", "{id}")] };

        Assert.Contains("Own-Id: forged", Head("Own-Id: forged\r\n", Samples.Upstream));
        Assert.DoesNotContain("forged", Head("Own-Id: forged\r\n", own));
    }

    private static string Head(string fields, UpstreamModel upstream)
    {
        var message = Samples.Message(Samples.From + fields + "\r\nbody\r\n");
        return Encoding.ASCII.GetString(MessageRenderer.Render(message, Samples.Freeze(message), upstream).Head.Span);
    }
}
