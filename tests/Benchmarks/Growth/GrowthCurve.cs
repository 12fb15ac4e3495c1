namespace OutreachRelay.Benchmarks.Growth;

/// <summary>What changes while one number grows by orders of magnitude.</summary>
/// <param name="Name">Of the plot's file, without its ending.</param>
/// <param name="Text">What was done and what is seen; Markdown.</param>
/// <param name="Columns">The first one grows, the second one is drawn.</param>
/// <param name="Rows">A value for each column, in the order in which the first one grows.</param>
internal sealed record GrowthCurve(string Name, string Title, string Text, string[] Columns, IReadOnlyList<double[]> Rows);
