using System.Collections.Immutable;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Configuration;

/// <summary>What a sender file holds, looked at without a configuration.</summary>
/// <param name="Senders">How many different addresses it holds.</param>
/// <param name="Problems">Errors and warnings, by line and column.</param>
public sealed record SenderFileCheck(int Senders, ImmutableArray<ConfigurationProblem> Problems)
{
    /// <summary>Reads one CSV file of senders. What only a configuration knows, such as the names of upstreams, is not checked.</summary>
    /// <param name="path">The file; messages name it as given here. One that cannot be read is told as an error.</param>
    /// <param name="time">Tells which warm-ups begin later, in UTC where a row names no time zone.</param>
    public static SenderFileCheck Run(string path, TimeProvider time)
    {
        var problems = new ProblemList(path);
        if (path.Length == 0 || path.Contains('\0'))
            problems.Error(new Place(path, 1, 1, ""), "expected the path of a file of senders");
        else if (!BoundedFile.TryRead(path, SenderFile.MaxLength, out var content, out var reason))
            problems.Error(new Place(path, 1, 1, ""), $"the file {reason}");
        else
            return new SenderFileCheck(Check(SenderFile.Read(path, content, problems), problems, time), problems.ToSorted());
        return new SenderFileCheck(0, problems.ToSorted());
    }

    private static int Check(ImmutableArray<SenderConfig> senders, ProblemList problems, TimeProvider time)
    {
        var warnings = new SenderWarnings(problems, time);
        var places = new Dictionary<string, Place>(StringComparer.Ordinal);
        foreach (var sender in senders)
        {
            warnings.Check(sender, TimeZoneInfo.Utc, warmsUp: true);
            if (sender.Address is { } address && !places.TryAdd(address.Value.Key, address.Place))
                problems.Error(address.Place, $"the address is in this file already, at {places[address.Value.Key]}");
        }
        return places.Count;
    }
}
