using System.Globalization;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Http;

namespace OutreachRelay.Cli;

/// <summary>A row of a file, or what is wrong with it.</summary>
/// <param name="Number">Its line, from 1.</param>
internal readonly record struct SuppressionLine(long Number, SuppressionRow? Row, string? Problem);

/// <summary>Reads suppressions from CSV, a line at a time: our own export, another program's with a column <c>email</c>, or addresses alone.</summary>
internal sealed class SuppressionFile
{
    // No field of ours is longer than a few hundred.
    private const int MostCharacters = 4096;

    private static readonly string[] Known = ["address", "hash", "client", "direction", "reason", "at", "until", "source"];

    private readonly TextReader _reader;
    private readonly SuppressionRow _defaults;
    private readonly string? _first;

    // For each column of the file the name that it bears; null for one that we do not know.
    private readonly string?[] _columns;
    private long _line;

    /// <param name="defaults">What holds where a row says nothing.</param>
    public SuppressionFile(TextReader reader, SuppressionRow defaults)
    {
        (_reader, _defaults) = (reader, defaults);
        var first = Next();
        var names = Fields(first ?? "", out _).Select(NameOf).ToArray();
        // A first row that holds an address is no heading.
        var hasHeading = names.Contains("address") || names.Contains("hash");
        _columns = hasHeading ? names : ["address"];
        _first = hasHeading ? null : first;
    }

    /// <summary>Whether each row says for whom it is.</summary>
    public bool NamesClients => _columns.Contains("client");

    public IEnumerable<SuppressionLine> Read()
    {
        for (var text = _first ?? Next(); text is not null; text = Next())
        {
            if (!string.IsNullOrWhiteSpace(text))
                yield return ReadRow(text);
        }
    }

    private SuppressionLine ReadRow(string text)
    {
        if (text.Length > MostCharacters)
            return new SuppressionLine(_line, null, $"the line is longer than {MostCharacters} characters");
        var fields = Fields(text, out var error);
        if (error is not null)
            return new SuppressionLine(_line, null, error);
        var row = _defaults;
        for (var i = 0; i < fields.Count && i < _columns.Length; i++)
        {
            if (_columns[i] is not { } column || fields[i].Trim() is not { Length: > 0 } value)
                continue;
            if (!TrySet(ref row, column, value))
                return new SuppressionLine(_line, null, $"{column} is not a time such as 2026-01-31T12:00:00Z");
        }
        return new SuppressionLine(_line, row, null);
    }

    private static bool TrySet(ref SuppressionRow row, string column, string value)
    {
        switch (column)
        {
            case "at" or "until":
                if (!DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
                    return false;
                row = column == "at" ? row with { At = time } : row with { Until = time };
                return true;
            default:
                row = column switch
                {
                    "address" => row with { Address = value },
                    "hash" => row with { Hash = value },
                    "client" => row with { Client = value },
                    "direction" => row with { Direction = value },
                    "reason" => row with { Reason = value },
                    _ => row with { Source = value },
                };
                return true;
        }
    }

    private string? Next()
    {
        _line++;
        return _reader.ReadLine();
    }

    private static string? NameOf(string heading)
    {
        var name = heading.Trim().TrimStart('\uFEFF').ToLowerInvariant();
        return name is "email" or "email_address" or "recipient" ? "address" : Known.Contains(name) ? name : null;
    }

    private static List<string> Fields(string line, out string? error)
    {
        var csv = new CsvReader(line);
        var fields = new List<CsvField>();
        csv.TryReadRow(fields);
        error = csv.Error?.Message;
        return fields.ConvertAll(static field => field.Text);
    }
}
