using System.Net;
using System.Text;
using OutreachRelay.Configuration;
using OutreachRelay.Outcome.Unsubscribe;
using OutreachRelay.Store;
using OutreachRelay.Tests.Receive;

namespace OutreachRelay.Tests.Outcome.Unsubscribe;

/// <summary>The links in mail, their page, and what they do.</summary>
public sealed class UnsubscribeTests
{
    [Fact]
    public async Task F17_GetAndHead_ShowAPageOrNothingAndChangeNothing()
    {
        await using var server = await UnsubscribeServer.StartAsync();
        var token = await server.MakeTokenAsync();

        using var page = await server.SendAsync(HttpMethod.Get, token);
        using var head = await server.SendAsync(HttpMethod.Head, token);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (page.StatusCode, head.StatusCode));
        Assert.Contains("<button type=\"submit\">Unsubscribe</button>", await page.Content.ReadAsStringAsync());
        Assert.Equal("", await head.Content.ReadAsStringAsync());
        Assert.False(await server.IsSuppressedAsync());
    }

    [Fact]
    public async Task Page_Anything_HasNoScriptAndMayLoadNothing()
    {
        await using var server = await UnsubscribeServer.StartAsync();

        using var page = await server.SendAsync(HttpMethod.Get, await server.MakeTokenAsync());

        Assert.Equal("no-store", page.Headers.CacheControl!.ToString());
        Assert.Equal("no-referrer", Assert.Single(page.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("nosniff", Assert.Single(page.Headers.GetValues("X-Content-Type-Options")));
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", policy);
        Assert.Contains("form-action 'self'", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.DoesNotContain("<script", await page.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task O22_Page_ClientNameWithMarkup_IsEscaped()
    {
        await using var server = await UnsubscribeServer.StartAsync();

        var page = await (await server.SendAsync(HttpMethod.Get, await server.MakeTokenAsync())).Content.ReadAsStringAsync();

        Assert.Contains("<bdi>Acme &amp; S&#xF6;hne &lt;b&gt;</bdi>", page);
    }

    [Theory]
    [InlineData("de-AT,de;q=0.9,en;q=0.5", "de", "Abmelden")]
    [InlineData("en-GB,de;q=0.9", "en", "Unsubscribe")]
    [InlineData("fr,de;q=0.3,en;q=0.2", "de", "Abmelden")]
    [InlineData("fr", "en", "Unsubscribe")]
    [InlineData("de;q=0", "en", "Unsubscribe")]
    [InlineData("den", "en", "Unsubscribe")]
    [InlineData("*;q=0.1,,;;=,de;q=x", "en", "Unsubscribe")]
    [InlineData(null, "en", "Unsubscribe")]
    public async Task Page_LanguagesOfABrowser_IsInTheBestThereIs(string? accepted, string language, string button)
    {
        await using var server = await UnsubscribeServer.StartAsync();

        using var page = await server.SendAsync(HttpMethod.Get, await server.MakeTokenAsync(), language: accepted);

        var text = await page.Content.ReadAsStringAsync();
        Assert.Contains($"<html lang=\"{language}\">", text);
        Assert.Contains(button + "</button>", text);
        Assert.Equal(language, Assert.Single(page.Content.Headers.ContentLanguage));
    }

    [Fact]
    public async Task F18_OneClick_SuppressesBeforeTheAnswerAndWithoutARedirect()
    {
        await using var server = await UnsubscribeServer.StartAsync();
        var token = await server.MakeTokenAsync();

        using var response = await server.PostAsync(token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("You are unsubscribed", await response.Content.ReadAsStringAsync());
        var suppression = await server.Door.Store.FindSuppressionAsync(SuppressionParts.Hash(UnsubscribeServer.Recipient), "acme", null, CancellationToken.None);
        Assert.Equal((SuppressionReason.OptOut, UnsubscribeServer.Recipient), (suppression!.Reason, suppression.Address));
    }

    [Fact]
    public async Task F19_Post_RepeatedAndEmpty_ChangesNothingMore()
    {
        await using var server = await UnsubscribeServer.StartAsync();
        var token = await server.MakeTokenAsync();

        using var empty = await server.PostAsync(token, "");
        Assert.Equal(HttpStatusCode.BadRequest, empty.StatusCode);
        Assert.False(await server.IsSuppressedAsync());
        for (var i = 0; i < 3; i++)
        {
            using var again = await server.PostAsync(token);
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        }
        Assert.Single((await server.Door.Store.ListSuppressionsAsync(new SuppressionFilter(), CancellationToken.None)).Suppressions);
    }

    [Fact]
    public async Task F20_AnyOtherToken_IsTheSame404()
    {
        await using var server = await UnsubscribeServer.StartAsync();
        var token = await server.MakeTokenAsync();
        var pages = new HashSet<string>();
        foreach (var bad in (string[])[token[..^1], token + "A", token[1..], new string('A', token.Length), "x", token.ToUpperInvariant(), token + "%2F.."])
        {
            foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Post])
            {
                using var response = await server.SendAsync(method, bad, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded");
                Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
                pages.Add(await response.Content.ReadAsStringAsync());
            }
        }
        Assert.Single(pages);
        Assert.False(await server.IsSuppressedAsync());
    }

    [Fact]
    public void F20_EveryChangedCharacter_IsRefused()
    {
        var keys = Models.Keys("one key of our own");
        var token = new UnsubscribeToken(SuppressionParts.Hash("jane@target.example"), 3, 4, 1234567890123).Encode(keys);

        for (var i = 0; i < token.Length; i++)
        {
            foreach (var other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".Where(c => c != token[i]))
                Assert.False(UnsubscribeToken.TryDecode(string.Concat(token.AsSpan(0, i), [other], token.AsSpan(i + 1)), keys, out _));
        }
        Assert.True(UnsubscribeToken.TryDecode(token, keys, out _));
    }

    [Fact]
    public async Task F20_TooManyRequests_AreHeldBack()
    {
        await using var server = await UnsubscribeServer.StartAsync(isLimited: true);

        var statuses = await Task.WhenAll(Enumerable.Range(0, 400).Select(async _ =>
        {
            using var response = await server.SendAsync(HttpMethod.Get, "x");
            return response.StatusCode;
        }));

        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
        Assert.Contains(HttpStatusCode.NotFound, statuses);
    }

    [Fact]
    public async Task F21_TokenAfterItsKeyWasReplaced_StillWorks()
    {
        await using var server = await UnsubscribeServer.StartAsync(UnsubscribeServer.Model() with { TokenKeys = Models.Keys("the first key there was") });
        var token = await server.MakeTokenAsync();
        server.Door.Relay.Replace(server.Door.Relay.Model with { TokenKeys = Models.Keys("the second key that signs", "the first key there was") });

        Assert.NotEqual(token[^20..], (await server.MakeTokenAsync())[^20..]);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(token)).StatusCode);
        Assert.True(await server.IsSuppressedAsync());

        server.Door.Relay.Replace(server.Door.Relay.Model with { TokenKeys = Models.Keys("the third key all alone") });
        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync(token)).StatusCode);
    }

    [Fact]
    public async Task F21_TokenWhenClientDirectionAndEntryAreGone_StillWorks()
    {
        await using var server = await UnsubscribeServer.StartAsync(UnsubscribeServer.Model(ofDirection: true));
        var token = await server.MakeTokenAsync();
        var entry = Assert.Single(await server.Door.AllEntriesAsync());
        await server.Door.Store.ApplyAsync(new EntryAction(EntryActionKind.Drop, [entry.Id], "alice", "", static _ => []));
        ((FakeTime)server.Door.Time).Set(server.Door.Time.GetUtcNow().AddDays(400));
        await server.Door.Store.PurgeAsync(TimeSpan.FromDays(30), 100);
        await server.Door.Store.PurgeAsync(TimeSpan.FromDays(30), 100);
        Assert.Null(await server.Door.Store.LoadAsync(entry.Id, CancellationToken.None));
        var other = Models.Client(Models.Direction(Models.Pool(Models.Sender("bob@z.example")), Models.Upstream("a")) with { Name = "new", Client = "other" }) with { Name = "other" };
        server.Door.Relay.Replace(Models.Relay(other));

        Assert.Contains("acme", await (await server.SendAsync(HttpMethod.Get, token)).Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(token)).StatusCode);
        Assert.True(await server.IsSuppressedAsync());
    }

    [Fact]
    public async Task Post_LinkOfADirection_LeavesTheOtherDirections()
    {
        await using var server = await UnsubscribeServer.StartAsync(UnsubscribeServer.Model(ofDirection: true));

        using var response = await server.PostAsync(await server.MakeTokenAsync());

        Assert.Contains("no more mail of this kind", await response.Content.ReadAsStringAsync());
        Assert.True(await server.IsSuppressedAsync());
        Assert.False(await server.IsSuppressedAsync(direction: "warm"));
    }

    [Fact]
    public async Task Post_StoreTakesNoWrites_Is503AndSaysToTryAgain()
    {
        await using var server = await UnsubscribeServer.StartAsync();
        var token = await server.MakeTokenAsync();
        await server.Door.Store.DisposeAsync();

        using var response = await server.PostAsync(token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("60", response.Headers.RetryAfter!.ToString());
    }

    [Fact]
    public async Task W34_Link_IsShortAndBelowThePublicUrl()
    {
        await using var server = await UnsubscribeServer.StartAsync();

        var link = await server.MakeLinkAsync();

        Assert.Matches("^https://relay\\.example\\.com/mail/u/[A-Za-z0-9_-]{66}$", link);
        Assert.DoesNotContain("jane", Encoding.Latin1.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(link.AsSpan(link.Length - 66))), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(true, "bounce.x.example", true)]
    [InlineData(true, null, false)]
    [InlineData(false, "bounce.x.example", false)]
    public async Task W34_Address_StandsBesideTheLinkWhereItIsWantedAndMailComesBack(bool isWanted, string? returnPath, bool isThere)
    {
        await using var server = await UnsubscribeServer.StartAsync();
        var model = server.Door.Relay.Model;
        var entry = Assert.Single(await server.Door.AcceptAsync(Submissions.Plain, UnsubscribeServer.Recipient));

        var ways = await server.Door.Suppressions.Links.MakeAsync(
            model, model.Clients["acme"].DefaultDirection with { AddsUnsubscribeMailbox = isWanted }, returnPath, entry, CancellationToken.None);

        Assert.StartsWith("https://", ways!.Link);
        Assert.Equal(isThere, ways.Mailbox?.EndsWith("@bounce.x.example", StringComparison.Ordinal) ?? false);
    }

    [Theory]
    [InlineData("http://relay.example.com")]
    [InlineData("https://localhost")]
    [InlineData("https://127.0.0.1:8443")]
    [InlineData("https://[::1]")]
    [InlineData(null)]
    public async Task W34_UrlThatNobodyElseCanOpen_GivesNoLink(string? url)
    {
        var model = UnsubscribeServer.Model() with { Http = new HttpModel(new(IPAddress.Loopback, 0), url is null ? null : new Uri(url)) };
        await using var server = await UnsubscribeServer.StartAsync(model);
        var entry = Assert.Single(await server.Door.AcceptAsync(Submissions.Plain, UnsubscribeServer.Recipient));

        Assert.Null(await server.Door.Suppressions.Links.MakeAsync(model, model.Clients["acme"].DefaultDirection, "bounce.x.example", entry, CancellationToken.None));
    }

    [Theory]
    [InlineData("https://bücher.example:8443", "https://xn--bcher-kva.example:8443")]
    [InlineData("https://relay.example.com/a%20b/", "https://relay.example.com/a%20b")]
    public void LinkBase_AnyUrl_IsAscii(string url, string expected) => Assert.Equal(expected, new HttpModel(new(IPAddress.Loopback, 0), new Uri(url)).LinkBase);
}
