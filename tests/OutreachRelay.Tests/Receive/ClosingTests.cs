using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using OutreachRelay.Configuration;
using OutreachRelay.Receive;

namespace OutreachRelay.Tests.Receive;

public sealed class ClosingTests
{
    [Fact]
    public async Task R43_PeerThatDoesNotTakeTheLastReply_IsCutOffAndFreesItsPlace()
    {
        var time = new FakeTime();
        var connections = new SmtpConnections(null!, new RelayState(Models.Relay(Models.Sender("a@x.example")), time), time, NullLoggerFactory.Instance);
        var connection = new StuckConnection();
        var running = connections.RunAsync(connection, 0, CancellationToken.None, CancellationToken.None);
        await connection.Closing.Task;
        Assert.Equal(1, connections.Count);

        while (!running.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(11));
            await Task.Yield();
        }

        await running;
        Assert.True(connection.IsAborted);
        Assert.Equal(0, connections.Count);
    }

    /// <summary>Its client hangs up after the greeting; what was sent is never taken, so that closing waits for ever.</summary>
    private sealed class StuckConnection : DefaultConnectionContext
    {
        private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public StuckConnection()
        {
            var (input, output) = (new Pipe(), new Pipe());
            input.Writer.Complete();
            Transport = new Ends(input.Reader, output.Writer);
            (RemoteEndPoint, LocalEndPoint) = (new IPEndPoint(IPAddress.Loopback, 1), new IPEndPoint(IPAddress.Loopback, 2));
        }

        public TaskCompletionSource Closing { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsAborted => _aborted.Task.IsCompleted;

        public override void Abort(ConnectionAbortedException abortReason) => _aborted.TrySetResult();

        public override async ValueTask DisposeAsync()
        {
            Closing.TrySetResult();
            await _aborted.Task;
        }
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
