namespace OutreachRelay.FunctionalTests.Store;

/// <summary>The reader of traces, on traces written by hand: it must see a reply that came too early.</summary>
public sealed class SystemCallTraceTests
{
    [Fact]
    public void Parse_InterruptedSync_CountsWhereItReturned()
    {
        var events = SystemCallTrace.Parse(
        [
            """10 recvfrom(5<socket:[1]>, "MAIL", 4096, 0, NULL, NULL) = 4""",
            "11 fdatasync(7</data/relay.db-wal> <unfinished ...>",
            """10 sendto(5<socket:[1]>, "250 ok", 6, 0, NULL, 0) = 6""",
            "11 <... fdatasync resumed>)          = 0",
        ]).ToList();

        Assert.Collection(events,
            e => Assert.Contains("MAIL", Assert.IsType<TraceEvent.Read>(e).Text),
            e => Assert.Contains("250 ok", Assert.IsType<TraceEvent.Write>(e).Text),
            e => Assert.Equal("/data/relay.db-wal", Assert.IsType<TraceEvent.Synced>(e).Path));
    }

    [Fact]
    public void Parse_FailedSync_DoesNotCount() =>
        Assert.Empty(SystemCallTrace.Parse(["11 fsync(7</data/relay.db-wal>) = -1 EIO (Input/output error)"]));

    [Fact]
    public void Parse_InterruptedRead_ShowsWhatItRead() =>
        Assert.Contains("X-Test-Id", Assert.IsType<TraceEvent.Read>(Assert.Single(SystemCallTrace.Parse(
        [
            "10 recvmsg(5<socket:[1]>,  <unfinished ...>",
            """10 <... recvmsg resumed>{msg_iov=[{iov_base="X-Test-Id: 1"}]}, 0) = 12""",
        ]))).Text);
}
