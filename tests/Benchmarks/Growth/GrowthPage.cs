using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace OutreachRelay.Benchmarks.Growth;

/// <summary>Writes <c>performance.md</c>.</summary>
internal static class GrowthPage
{
    public static string Write(IEnumerable<GrowthCurve> curves)
    {
        var page = new StringBuilder("# Performance, and how it grows\n\n");
        page.Append("This page and its plots are written by `make bench ARGS=growth`; run it to have them of your machine. How fast the relay is beside\n");
        page.Append("Postfix is in [reliability.md](reliability.md#speed-beside-postfix).\n\n");
        page.Append(CultureInfo.InvariantCulture, $"Written on {Machine()}. Clients, relay and upstream share it. On a machine that does other things as well,\nthe shape of a curve can be relied on, and a single figure cannot.\n");
        foreach (var curve in curves)
            Append(page, curve);
        return page.ToString();
    }

    private static void Append(StringBuilder page, GrowthCurve curve)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {curve.Title}\n\n{curve.Text}\n\n![{curve.Columns[1]} by {curve.Columns[0]}](performance/{curve.Name}.svg)\n\n");
        page.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", curve.Columns)} |\n|{string.Concat(Enumerable.Repeat("---|", curve.Columns.Length))}\n");
        foreach (var row in curve.Rows)
            page.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row.Select(Number))} |\n");
    }

    private static string Number(double value) => value.ToString(value < 100 ? "0.#" : "#,0", CultureInfo.InvariantCulture);

    private static string Machine()
    {
        var processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "an unnamed processor";
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30;
        return string.Create(
            CultureInfo.InvariantCulture, $"{processor} with {Environment.ProcessorCount} cores and {memory} GiB, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
    }
}
