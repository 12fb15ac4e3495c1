using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using OutreachRelay.Configuration;
using OutreachRelay.Observe;

namespace OutreachRelay.Tests.Observe;

public sealed class RelayLogTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly MemoryStream _output = new();
    private RelayLog? _log;

    public void Dispose()
    {
        _log?.Dispose();
        _output.Dispose();
    }

    [Fact]
    public void Json_Event_IsOneObjectALine()
    {
        var logger = Start(LogFormat.Json);
        logger.LogInformation(new EventId(12, "Relayed"), "relayed {QueueId} to {Upstream} in {Elapsed} ms", "0000000000001", "sendgrid", 17);

        var line = Assert.Single(Lines());
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        Assert.Equal("info", root.GetProperty("level").GetString());
        Assert.Equal("relayed 0000000000001 to sendgrid in 17 ms", root.GetProperty("message").GetString());
        Assert.Equal("Deliver.Attempt", root.GetProperty("source").GetString());
        Assert.Equal(12, root.GetProperty("event_id").GetInt32());
        Assert.Equal("sendgrid", root.GetProperty("upstream").GetString());
        Assert.Equal(17, root.GetProperty("elapsed").GetInt32());
        Assert.Equal("0000000000001", root.GetProperty("queue_id").GetString());
    }

    [Fact]
    public void Text_Event_ShowsTimeLevelSourceAndMessage()
    {
        var logger = Start(LogFormat.Text);
        logger.LogWarning("no reply from {Upstream}", "sendgrid");

        Assert.Equal($"{_time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff}Z warn  Deliver.Attempt: no reply from sendgrid", Assert.Single(Lines()));
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

    [Theory]
    [InlineData(LogLevel.Debug, 1)]
    [InlineData(LogLevel.Error, 0)]
    public void Framework_BelowWarning_IsQuietAndFollowsTheLevelAbove(LogLevel level, int lines)
    {
        var logger = Open(LogFormat.Text, level).CreateLogger("Microsoft.AspNetCore.Hosting");
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
        var log = Open(LogFormat.Text, LogLevel.Warning);
        var logger = log.CreateLogger("Any");
        logger.LogInformation("hidden");
        log.Apply(Model(LogFormat.Json, LogLevel.Debug));
        logger.LogDebug("shown");

        Assert.StartsWith("{\"time\":", Assert.Single(Lines()));
    }

    private ILogger Start(LogFormat format) => Open(format, LogLevel.Information).CreateLogger("OutreachRelay.Deliver.Attempt");

    private RelayLog Open(LogFormat format, LogLevel level) => _log = new RelayLog(Model(format, level), _time, _output);

    private static LogModel Model(LogFormat format, LogLevel level) => new(level, format, RecipientLogging.Hash);

    // All that was logged is written when the log is closed.
    private string[] Lines()
    {
        _log?.Dispose();
        return Encoding.UTF8.GetString(_output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
