using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Bounces;
using OutreachRelay.Outcome.Unsubscribe;
using OutreachRelay.Protocols.Smtp;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Outcome.Unsubscribe;

/// <summary>The addresses to which recipients write.</summary>
public sealed class UnsubscribeMailboxTests
{
    private static readonly TokenKeys Keys = Models.Keys("the first key of all");
    private static readonly UnsubscribeToken Token = new(new RecipientHash(UInt128.MaxValue / 3), 7, 70_000, long.MaxValue - 5);

    [Fact]
    public void Make_Token_IsReadAgainInEitherCase()
    {
        var local = LocalPart(Token);

        Assert.True(UnsubscribeMailbox.TryRead(local, Keys, out var same));
        Assert.Equal(Token, same);
        Assert.True(UnsubscribeMailbox.TryRead(local.ToUpperInvariant(), Keys, out same));
        Assert.Equal(Token, same);
    }

    [Fact]
    public void Make_AnyToken_IsALocalPartThatEverybodyTakes()
    {
        var address = UnsubscribeMailbox.Make(Token, "bounce.x.example", Keys);

        Assert.Matches("^u[a-z2-7]{63}@bounce\\.x\\.example$", address);
        Assert.True(Mailbox.TryParse(address, out _, out _));
    }

    [Fact]
    public void Make_NumberThatHasNoRoom_MakesNone()
    {
        Assert.Null(UnsubscribeMailbox.Make(Token with { Client = 1 << 24 }, "bounce.x.example", Keys));
        Assert.Null(UnsubscribeMailbox.Make(Token with { Direction = 1 << 24 }, "bounce.x.example", Keys));
        Assert.NotNull(UnsubscribeMailbox.Make(Token with { Client = (1 << 24) - 1 }, "bounce.x.example", Keys));
    }

    [Fact]
    public void F20_TryRead_AnyCharacterChanged_IsNotOurs()
    {
        var local = LocalPart(Token);
        for (var i = 0; i < local.Length; i++)
        {
            foreach (var other in "ab7-")
            {
                if (other != local[i])
                    Assert.False(UnsubscribeMailbox.TryRead($"{local[..i]}{other}{local[(i + 1)..]}", Keys, out _), $"{i} {other}");
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("u")]
    [InlineData("unsubscribe")]
    [InlineData("uaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("uééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé")]
    public void F20_TryRead_OtherLocalParts_AreNotOurs(string local) => Assert.False(UnsubscribeMailbox.TryRead(local, Keys, out _));

    [Fact]
    public void F21_TryRead_AfterTheKeyWasReplaced_StillWorksUntilItIsTakenOut()
    {
        var local = LocalPart(Token);

        Assert.True(UnsubscribeMailbox.TryRead(local, Models.Keys("another key in front", "the first key of all"), out _));
        Assert.False(UnsubscribeMailbox.TryRead(local, Models.Keys("another key in front"), out _));
    }

    [Fact]
    public void TryRead_ReturnPathOrLink_IsAnotherThing()
    {
        Assert.False(UnsubscribeMailbox.TryRead(ReturnPath.Make("token1", "x.example", Keys).Split('@')[0], Keys, out _));
        Assert.False(UnsubscribeMailbox.TryRead(Token.Encode(Keys).AsSpan(0, 64), Keys, out _));
        Assert.Null(ReturnPath.FindToken(LocalPart(Token), Keys));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(17)]
    public void Verify_SignatureOfAnotherLength_IsNone(int length)
    {
        Span<byte> signature = stackalloc byte[17];
        Keys.Sign("p"u8, "x"u8, signature[..TokenKeys.SignatureSize]);

        Assert.False(Keys.Verify("p"u8, "x"u8, signature[..length]));
        Assert.True(Keys.Verify("p"u8, "x"u8, signature[..9]));
    }

    private static string LocalPart(UnsubscribeToken token) => UnsubscribeMailbox.Make(token, "bounce.x.example", Keys)!.Split('@')[0];
}
