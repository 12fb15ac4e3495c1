using OutreachRelay.Outcome.Events;

namespace OutreachRelay.Tests.Outcome.Events;

public sealed class ProviderIdsTests
{
    [Theory]
    [InlineData("Ok 0102018f3a7b9c1d-5e6f7a8b-9c0d-1e2f-3a4b-5c6d7e8f9a0b-000000", "Ok", "0102018f3a7b9c1d-5e6f7a8b-9c0d-1e2f-3a4b-5c6d7e8f9a0b-000000")]
    [InlineData("Ok: queued as LRzXl_NHStOGhQ4kofSm_A", "queued as", "LRzXl_NHStOGhQ4kofSm_A")]
    [InlineData("ok <0102018f-abc-000000>.", "Ok", "0102018f-abc-000000")]
    [InlineData("Ok", "Ok", null)]
    [InlineData("Ok thank-you", "Ok", null)]
    [InlineData("Ok 1234567", "Ok", null)]
    [InlineData("Great success", "Ok", null)]
    [InlineData("Ok \u001b[31m12345678", "Ok", null)]
    public void W19_InReply_Text_IsTheIdAfterTheWords(string text, string words, string? expected) =>
        Assert.Equal(expected, ProviderIds.InReply(text, words));

    [Fact]
    public void InReply_LongWord_IsNoId() => Assert.Null(ProviderIds.InReply("Ok " + new string('1', 100_000), "Ok"));
}
