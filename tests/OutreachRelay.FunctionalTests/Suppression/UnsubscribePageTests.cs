using Microsoft.Playwright;
using OutreachRelay.FunctionalTests.Load;
using OutreachRelay.FunctionalTests.Peers;
using OutreachRelay.FunctionalTests.Relay;
using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.FunctionalTests.Suppression;

/// <summary>The page to unsubscribe in a real browser, Debian's Chromium.</summary>
public sealed class UnsubscribePageTests
{
    private const string Chromium = "/usr/bin/chromium";
    private const string Recipient = "jane@dest.example";

    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    [Fact]
    public async Task Page_OpenedAndClicked_UnsubscribesWithoutScriptsOrErrors()
    {
        await using var visit = await Visit.StartAsync("en-US", scripts: false);

        await visit.Page.GotoAsync(visit.Link);
        Assert.Equal("Unsubscribe", await visit.Page.TitleAsync());
        Assert.True(await visit.Page.GetByText("Do you want to stop receiving mail from Acme & Söhne?").IsVisibleAsync());
        Assert.Equal(0, await visit.CountSuppressedAsync());
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Unsubscribe" }).ClickAsync();

        Assert.Equal("You are unsubscribed", await visit.Page.GetByRole(AriaRole.Heading).InnerTextAsync());
        Assert.Equal(1, await visit.CountSuppressedAsync());
        Assert.Empty(visit.Errors);
    }

    [Fact]
    public async Task Page_ByKeyboardInGerman_Unsubscribes()
    {
        await using var visit = await Visit.StartAsync("de-DE", scripts: true);

        await visit.Page.GotoAsync(visit.Link);
        Assert.Equal("de", await visit.Page.Locator("html").GetAttributeAsync("lang"));
        await visit.Page.Keyboard.PressAsync("Tab");
        Assert.Equal("Abmelden", await visit.Page.EvaluateAsync<string>("document.activeElement.textContent"));
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.WaitForURLAsync(visit.Link);

        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Sie sind abgemeldet" }).WaitForAsync();
        Assert.Equal(1, await visit.CountSuppressedAsync());
        Assert.Empty(visit.Errors);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Page_InEitherScheme_CanBeRead(ColorScheme scheme)
    {
        await using var visit = await Visit.StartAsync("en-US", scripts: true, scheme);

        await visit.Page.GotoAsync(visit.Link);

        foreach (var selector in (string[])["body", "button"])
            Assert.InRange(await visit.Page.EvaluateAsync<double>(Contrast, selector), 7, 21);
        // A page that is wider than a telephone would have to be shifted about.
        Assert.True(await visit.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"));
    }

    // WCAG 2.2, relative luminance and contrast ratio.
    private const string Contrast = """
        selector => {
          const style = getComputedStyle(document.querySelector(selector));
          const luminance = colour => {
            const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map(Number).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const [a, b] = [luminance(style.color), luminance(style.backgroundColor)].sort((x, y) => y - x);
          return (a + 0.05) / (b + 0.05);
        }
        """;

    /// <summary>A relay that has sent a mail, and a browser with nothing in it.</summary>
    private sealed class Visit : IAsyncDisposable
    {
        private readonly SinkServer _sink = new();
        private readonly TemporaryDirectory _profile = new();
        private RelayProcess? _relay;
        private IPlaywright? _playwright;
        private IBrowserContext? _browser;

        public IPage Page { get; private set; } = null!;
        public string Link { get; private set; } = "";
        public List<string> Errors { get; } = [];

        public static async Task<Visit> StartAsync(string locale, bool scripts, ColorScheme scheme = ColorScheme.Light)
        {
            Requires.Program("chromium");
            var visit = new Visit();
            try
            {
                await visit.SendAsync();
                await visit.OpenAsync(locale, scripts, scheme);
                return visit;
            }
            catch
            {
                await visit.DisposeAsync();
                throw;
            }
        }

        public async Task<int> CountSuppressedAsync() => (await _relay!.JsonAsync("suppress", "list", "--address", Recipient)).GetArrayLength();

        public async ValueTask DisposeAsync()
        {
            if (_browser is not null)
                await _browser.CloseAsync();
            _playwright?.Dispose();
            if (_relay is not null)
                await _relay.DisposeAsync();
            await _sink.DisposeAsync();
            _profile.Dispose();
        }

        private async Task SendAsync()
        {
            _relay = await RelayProcess.StartAsync(new RelayConfig
            {
                Upstreams = [new("sink", _sink.Port)],
                Unsubscribe = "add",
                HttpKeys = "public_url = \"https://relay.example\"",
                ClientKeys = "display_name = \"Acme & Söhne\"",
            });
            await _relay.SubmitAsync(TestMessage.Create("first", recipient: Recipient));
            await _relay.UntilIdleAsync();
            var path = new Uri(Assert.Single(_sink.Messages).Field("List-Unsubscribe")!.Trim('<', '>')).AbsolutePath;
            Link = $"http://127.0.0.1:{_relay.HttpPort}{path}";
        }

        private async Task OpenAsync(string locale, bool scripts, ColorScheme scheme)
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchPersistentContextAsync(_profile.Path, new()
            {
                ExecutablePath = Chromium,
                Headless = true,
                Args = Arguments,
                Locale = locale,
                JavaScriptEnabled = scripts,
                ColorScheme = scheme,
                ViewportSize = new() { Width = 360, Height = 640 },
            });
            Page = await _browser.NewPageAsync();
            Page.Console += (_, message) =>
            {
                if (message.Type == "error")
                    Errors.Add(message.Text);
            };
            Page.PageError += (_, error) => Errors.Add(error);
            Page.RequestFailed += (_, request) => Errors.Add(request.Url);
        }
    }
}
