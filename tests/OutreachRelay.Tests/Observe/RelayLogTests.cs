using System.Text.Json;
using Microsoft.Extensions.Logging;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace OutreachRelay.Tests.Observe;

public sealed class RelayLogTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly List<IDisposable> _owned = [];

    public void Dispose()
    {
        foreach (var one in _owned)
            one.Dispose();
    }

    [Fact]
    public void Json_Event_IsOneObjectALine()
    {
        var logger = Start(LogFormat.Json);
        using (logger.BeginScope(new Dictionary<string, object> { ["QueueId"] = "0000000000001" }))
            logger.LogInformation(new EventId(12, "Relayed"), "relayed to {Upstream} in {Elapsed} ms", "sendgrid", 17);

        var line = Assert.Single(Lines());
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        Assert.Equal("info", root.GetProperty("level").GetString());
        Assert.Equal("relayed to sendgrid in 17 ms", root.GetProperty("message").GetString());
        Assert.Equal("Deliver.Attempt", root.GetProperty("source").GetString());
        Assert.Equal(12, root.GetProperty("event_id").GetInt32());
        Assert.Equal("sendgrid", root.GetProperty("upstream").GetString());
        Assert.Equal(17, root.GetProperty("elapsed").GetInt32());
        Assert.Equal("0000000000001", root.GetProperty("queue_id").GetString());
    }

    [Fact]
    public void Text_Event_ShowsLevelSourceMessageAndScope()
    {
        var logger = Start(LogFormat.Text);
        using (logger.BeginScope("queue id {QueueId}", "0000000000001"))
            logger.LogWarning("no reply from {Upstream}", "sendgrid");

        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn  Deliver\.Attempt: no reply from sendgrid queue_id=0000000000001$", Assert.Single(Lines()));
    }

    [Theory]
    [InlineData(LogFormat.Text)]
    [InlineData(LogFormat.Json)]
    public void O22_HostileValue_StaysOneInertLine(LogFormat format)
    {
        var hostile = "550 no\r\n2026 error \u001b[31mred\u0085\u2028\u202e\u009b" + new string('x', 100_000) + "\ud800";
        Start(format).LogError(new IOException("line\nbreak"), "reply {Reply}", hostile);

        var line = Assert.Single(Lines());
        Assert.True(line.Length < 20_000);
        Assert.DoesNotContain(line, c => char.IsControl(c) || c is '\u2028' or '\u202e');
    }

    [Fact]
    public void Text_ScopeValueWithSpaces_CannotPassForAnotherValue()
    {
        var logger = Start(LogFormat.Text);
        using (logger.BeginScope("{Peer}", "x\" queue_id=1"))
            logger.LogInformation("connected");

        Assert.EndsWith("connected peer=\"x\\\" queue_id=1\"", Assert.Single(Lines()));
    }

    [Theory]
    [InlineData(LogLevel.Debug, 1)]
    [InlineData(LogLevel.Error, 0)]
    public void Framework_BelowWarning_IsQuietAndFollowsTheLevelAbove(LogLevel level, int lines)
    {
        var log = new RelayLog(Model(LogFormat.Text, level), Write);
        _owned.Add(log);
        var logger = log.Provider.CreateLogger("Microsoft.AspNetCore.Hosting");
        logger.LogInformation("request");
        logger.LogWarning("odd");

        Assert.Equal(lines, Lines().Length);
    }

    [Fact]
    public void Json_LoneSurrogate_StillParses()
    {
        Start(LogFormat.Json).LogError("reply {Reply} {Time}", "a\ud800b", "x");

        using var json = JsonDocument.Parse(Assert.Single(Lines()));
        Assert.Equal("x", json.RootElement.GetProperty("time_").GetString());
    }

    [Fact]
    public void Apply_OtherLevelAndFormat_TakesEffectAtOnce()
    {
        var log = new RelayLog(Model(LogFormat.Text, LogLevel.Warning), Write);
        _owned.Add(log);
        var logger = log.Provider.CreateLogger("Any");
        logger.LogInformation("hidden");
        log.Apply(Model(LogFormat.Json, LogLevel.Debug));
        logger.LogDebug("shown");

        Assert.StartsWith("{\"time\":", Assert.Single(Lines()));
    }

    private ILogger Start(LogFormat format)
    {
        var log = new RelayLog(Model(format, LogLevel.Information), Write);
        _owned.Add(log);
        var factory = LoggerFactory.Create(logging => logging.AddProvider(log.Provider));
        _owned.Add(factory);
        return factory.CreateLogger("OutreachRelay.Deliver.Attempt");
    }

    private static LogModel Model(LogFormat format, LogLevel level) => new(level, format, RecipientLogging.Hash);

    private Serilog.LoggerConfiguration Write(Serilog.Configuration.LoggerSinkConfiguration sinks, ITextFormatter line) => sinks.Sink(new Collector(line, _output));

    private string[] Lines() => _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private sealed class Collector(ITextFormatter line, TextWriter output) : ILogEventSink
    {
        public void Emit(LogEvent logEvent) => line.Format(logEvent, output);
    }
}
