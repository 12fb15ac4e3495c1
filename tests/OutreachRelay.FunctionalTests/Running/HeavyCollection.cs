using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

namespace OutreachRelay.FunctionalTests.Running;

/// <summary>Tests that load the whole machine: nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class HeavyCollection
{
    public const string Name = "heavy";
}
