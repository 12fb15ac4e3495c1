using System.Collections.Immutable;

namespace OutreachRelay.Configuration;

/// <summary>What came of loading a configuration.</summary>
public sealed record LoadedConfiguration
{
    /// <summary>The model; <see langword="null"/> exactly when a problem is an error.</summary>
    public required RelayModel? Model { get; init; }

    /// <summary>All errors and warnings, by file in reading order, then by line and column.</summary>
    public required ImmutableArray<ConfigurationProblem> Problems { get; init; }
}
