using System.Globalization;

namespace OutreachRelay.Benchmarks.Stages;

/// <summary>Each stage of a message's way by itself: processor time and allocations per message of 4 KiB: <c>[messages]</c>.</summary>
internal static class StagesBenchmark
{
    private const int Size = 4096;
    private const int Messages = 20_000;

    public static async Task<int> RunAsync(string[] args)
    {
        Console.WriteLine($"4 KiB, {Environment.ProcessorCount} cores; warmed by as many messages as are measured");
        Console.WriteLine("stage                        msg/s  CPU µs/msg  octets/msg");
        Console.WriteLine("------------------------  --------  ----------  ----------");
        await MeasureAsync(args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : Messages);
        return 0;
    }

    public static async Task<IReadOnlyList<StageFigures>> MeasureAsync(int messages = Messages)
    {
        var stages = new List<StageFigures>();
        Add(await ReceiveStage.MeasureAsync(messages, messages, Size));
        Add([await AcceptStage.MeasureAsync(messages, messages, Size)]);
        Add(await RenderStage.MeasureAsync(messages * 5, Size));
        Add([await DeliverStage.MeasureAsync(messages, messages, Size)]);
        return stages;

        void Add(IReadOnlyList<StageFigures> figures)
        {
            stages.AddRange(figures);
            foreach (var stage in figures)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{stage.Name,-24}  {stage.Rate,8:N0}  {stage.Cpu,10:N1}  {stage.Allocated,10:N0}"));
        }
    }
}
