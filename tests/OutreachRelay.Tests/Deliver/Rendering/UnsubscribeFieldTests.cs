using System.Text;
using System.Text.Json;
using OutreachRelay.Deliver.Rendering;

namespace OutreachRelay.Tests.Deliver.Rendering;

/// <summary>The fields by which a recipient unsubscribes.</summary>
public sealed class UnsubscribeFieldTests
{
    private const string Link = "https://relay.example.com/u/AQ";
    private const string Ours = "List-Unsubscribe: <https://relay.example.com/u/AQ>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";

    private static readonly JsonElement[] Real =
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "vectors", "unsubscribe", "header-samples.jsonl")).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];

    public static TheoryData<string> RealFields() =>
        [.. Real.Where(row => row.GetProperty("header").GetString() == "List-Unsubscribe").Select(row => row.GetProperty("raw").GetString()!)];

    [Fact]
    public void W34_NoFieldOfTheClient_GetsOursOnce() =>
        Assert.EndsWith(Ours, Samples.Head("From: a@crm.example\r\nMessage-ID: <1@crm.example>\r\nDate: Sat, 21 Nov 2026 17:00:00 +0000\r\n", link: Link));

    [Theory]
    [InlineData("List-Unsubscribe:\r\n")]
    [InlineData("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")]
    [InlineData("list-unsubscribe: \r\nLIST-UNSUBSCRIBE-POST: x\r\n")]
    public void W34_RestOfAFieldOfTheClient_GivesWayToOurs(string field)
    {
        var head = Samples.Head(field + "From: a@crm.example\r\n", link: Link);

        Assert.Contains(Ours, head);
        Assert.Equal(2, head.Split("List-Unsubscribe", StringSplitOptions.None).Length - 2);
        Assert.DoesNotContain("LIST-UNSUB", head);
    }

    [Theory]
    [MemberData(nameof(RealFields))]
    public void W33_FieldOfTheClient_StaysAndOursIsNotAdded(string value)
    {
        var field = $"List-Unsubscribe:{value}\r\n";

        var head = Samples.Head("From: a@crm.example\r\n" + field, link: Link);

        Assert.Contains(field, head);
        Assert.DoesNotContain("relay.example.com/u/", head);
        Assert.DoesNotContain("List-Unsubscribe-Post", head);
    }

    [Fact]
    public void W33_NothingIsAdded_FieldsStayAsTheyAre()
    {
        const string Fields = "List-Unsubscribe: <mailto:a@crm.example>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";

        Assert.Contains(Fields, Samples.Head("From: a@crm.example\r\n" + Fields));
    }

    [Fact]
    public void Freeze_Notification_GetsNoLink() =>
        Assert.Null(Samples.Freeze(Samples.Message("From: a@crm.example\r\n\r\n") with { ReversePath = null }, link: Link).UnsubscribeLink);

    [Fact]
    public void Freeze_Stored_KeepsTheLink()
    {
        var frozen = Samples.Freeze(Samples.Message("From: a@crm.example\r\n\r\n"), link: Link);

        Assert.Equal(Link, FrozenRendering.Deserialize(frozen.Serialize()).UnsubscribeLink);
        Assert.Contains("\"u\":", Encoding.UTF8.GetString(frozen.Serialize()));
    }
}
