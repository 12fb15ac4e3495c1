using System.Globalization;
using System.Text;

namespace OutreachRelay.Benchmarks.Growth;

/// <summary>Draws a curve as SVG: the growing number on a logarithmic axis, the other from zero on a linear one.</summary>
internal static class CurvePlot
{
    private const double Width = 640, Height = 320, Left = 70, Right = 20, Top = 40, Bottom = 50;

    // Steps of the upper axis, as people count.
    private static readonly double[] Steps = [1, 2, 2.5, 5, 10];

    public static string Draw(GrowthCurve curve)
    {
        var step = Step(curve.Rows.Max(static row => row[1]));
        var top = step * Math.Ceiling(curve.Rows.Max(static row => row[1]) / step);
        var (first, last) = (Math.Log10(curve.Rows[0][0]), Math.Log10(curve.Rows[^1][0]));
        var svg = new StringBuilder();
        Add(svg, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="12" fill="#333">""");
        Add(svg, $"""<rect width="{Width}" height="{Height}" fill="#fff"/><text x="{Left}" y="22" font-size="14">{curve.Title}</text>""");
        for (var value = 0.0; value <= top + (step / 2); value += step)
            Add(svg, $"""<path d="M{Left} {Y(value):F1}H{Width - Right}" stroke="#ddd"/><text x="{Left - 8}" y="{Y(value) + 4:F1}" text-anchor="end">{value:#,0.##}</text>""");
        foreach (var row in curve.Rows)
            Add(svg, $"""<text x="{X(row[0]):F1}" y="{Height - Bottom + 18}" text-anchor="middle">{row[0]:#,0}</text>""");
        Add(svg, $"""<text x="{(Left + Width - Right) / 2}" y="{Height - 10}" text-anchor="middle">{curve.Columns[0]}</text>""");
        Add(svg, $"""<text transform="translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)" text-anchor="middle">{curve.Columns[1]}</text>""");
        Add(svg, $"""<polyline points="{string.Join(' ', curve.Rows.Select(row => Text($"{X(row[0]):F1},{Y(row[1]):F1}")))}" fill="none" stroke="#06c" stroke-width="2"/>""");
        foreach (var row in curve.Rows)
            Add(svg, $"""<circle cx="{X(row[0]):F1}" cy="{Y(row[1]):F1}" r="4" fill="#06c"/>""");
        return svg.Append("</svg>\n").ToString();

        double X(double value) => Left + ((Math.Log10(value) - first) / (last - first) * (Width - Left - Right));
        double Y(double value) => Height - Bottom - (value / top * (Height - Top - Bottom));
    }

    // About five lines, at round numbers.
    private static double Step(double highest)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(highest / 5)));
        return Steps.First(step => step * power * 5 >= highest) * power;
    }

    private static void Add(StringBuilder svg, FormattableString line) => svg.Append(Text(line)).Append('\n');

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
