namespace OutreachRelay.Benchmarks.Stages;

/// <summary>What one stage of a message's way costs by itself.</summary>
/// <param name="Rate">Messages per second of wall time.</param>
/// <param name="Cpu">Microseconds per message, user and system, of the whole process.</param>
/// <param name="Allocated">Octets per message.</param>
internal sealed record StageFigures(string Name, string What, double Rate, double Cpu, double Allocated);
