using OutreachRelay.Deliver;
using OutreachRelay.Deliver.Upstreams;
using OutreachRelay.Store;

namespace OutreachRelay.Tests.Deliver.Upstreams;

public sealed class FairQueueTests
{
    private readonly FairQueue _queue = new();

    [Fact]
    public void L23_ManyOfOneClientAndTenOfAnother_TheSecondIsNextButOne()
    {
        var (big, small) = (Lane("big", "cold"), Lane("small", "cold"));
        Add(big, 1000);
        Add(small, 10);

        var order = Take(21);

        Assert.Equal("small", order[1]);
        Assert.Equal(10, order.Take(20).Count(client => client == "small"));
        Assert.Equal(989, _queue.Count);
    }

    [Fact]
    public void L23_ClientsWithWeights_AdvanceByThem()
    {
        var (heavy, light) = (Lane("heavy", "cold", clientWeight: 3), Lane("light", "cold"));
        Add(heavy, 300);
        Add(light, 300);

        Assert.Equal(75, Take(100).Count(client => client == "heavy"));
    }

    [Fact]
    public void L23_DirectionsOfAClient_ShareItsTurnsByWeight()
    {
        var (cold, warm, other) = (Lane("acme", "cold"), Lane("acme", "warm", weight: 3), Lane("beta", "cold"));
        Add(cold, 200);
        Add(warm, 200);
        Add(other, 200);

        var order = Enumerable.Range(0, 160).Select(_ => _queue.Dequeue()!.Home).ToList();

        Assert.Equal((20, 60, 80), (order.Count(home => home == cold.Home), order.Count(home => home == warm.Home), order.Count(home => home == other.Home)));
    }

    [Fact]
    public void L23_ClientThatComesBack_HasSavedUpNoTurns()
    {
        var (always, sometimes) = (Lane("always", "cold"), Lane("sometimes", "cold"));
        Add(always, 500);
        Add(sometimes, 1);
        Take(200);
        Add(sometimes, 100);

        Assert.InRange(Take(20).Count(client => client == "sometimes"), 9, 11);
    }

    private static SenderLane Lane(string client, string direction, double weight = 1, double clientWeight = 1) =>
        new(new LaneKey(client, direction, "a@x.example"), new DirectionQueue(client, direction) { Weight = weight, ClientWeight = clientWeight });

    private void Add(SenderLane lane, int count)
    {
        for (var id = 0; id < count; id++)
            _queue.Enqueue(new ReadyEntry(lane, Entries.Queued(id), null));
    }

    private List<string> Take(int count) => [.. Enumerable.Range(0, count).Select(_ => _queue.Dequeue()!.Home.Client)];
}
