using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;

namespace OutreachRelay.Configuration.Reading;

/// <summary>Reads senders from a CSV file whose header row names the columns, in any order.</summary>
internal sealed class SenderFile
{
    /// <summary>The largest file, in octets.</summary>
    public const int MaxLength = 64 * 1024 * 1024;

    /// <summary>The most senders that one file may hold.</summary>
    public const int MaxRows = 500_000;

    private static readonly string[] Known = ["address", "display_name", "daily_limit", "weight", "warmup_start", "time_zone", "upstreams"];

    private readonly string _file;
    private readonly CsvReader _reader;
    private readonly ProblemList _problems;
    private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);
    private readonly List<CsvField> _fields = [];

    private SenderFile(string file, string text, ProblemList problems) =>
        (_file, _reader, _problems) = (file, new CsvReader(text), problems);

    /// <summary>Reads the rows that are right, and reports the others.</summary>
    /// <param name="file">How messages name the file.</param>
    public static ImmutableArray<SenderConfig> Read(string file, ReadOnlySpan<byte> content, ProblemList problems)
    {
        if (content.StartsWith("\uFEFF"u8))
            content = content[3..];
        if (!Utf8.IsValid(content))
        {
            problems.Error(NotUtf8(file, content), "the file is not valid UTF-8");
            return [];
        }
        return new SenderFile(file, Encoding.UTF8.GetString(content), problems).ReadRows();
    }

    private static Place NotUtf8(string file, ReadOnlySpan<byte> content)
    {
        var (line, column) = (1, 1);
        while (Rune.DecodeFromUtf8(content, out var rune, out var length) == System.Buffers.OperationStatus.Done)
        {
            (line, column) = rune.Value == '\n' ? (line + 1, 1) : (line, column + 1);
            content = content[length..];
        }
        return new Place(file, line, column, "");
    }

    private ImmutableArray<SenderConfig> ReadRows()
    {
        if (!TryReadHeader())
            return [];
        var senders = ImmutableArray.CreateBuilder<SenderConfig>();
        while (_reader.TryReadRow(_fields))
        {
            if (_reader.Error is { } error)
                _problems.Error(PlaceOf(error.At, ""), error.Message);
            else if (_fields is [{ Text: "" }])
                continue;
            else if (senders.Count == MaxRows)
            {
                _problems.Error(PlaceOf(_fields[0], ""), $"the file has more than {MaxRows} senders");
                break;
            }
            else if (_fields.Count != _columns.Count)
            {
                _problems.Error(PlaceOf(_fields[0], ""),
                    $"expected as many fields as in the header row ({_columns.Count}), found {_fields.Count}");
            }
            else
                senders.Add(ReadSender());
        }
        return senders.DrainToImmutable();
    }

    private bool TryReadHeader()
    {
        if (!_reader.TryReadRow(_fields) || _reader.Error is not null)
        {
            _problems.Error(new Place(_file, 1, 1,
                ""), $"expected a header row with these columns in any order: {string.Join(',', Known)}");
            return false;
        }
        var valid = true;
        foreach (var field in _fields)
        {
            var name = field.Text.Trim();
            if (Known.Contains(name) && _columns.TryAdd(name, _columns.Count))
                continue;
            valid = false;
            _problems.Error(PlaceOf(field, ""), _columns.ContainsKey(name)
                ? $"the column '{name}' stands here twice"
                : $"expected a column of {string.Join(',', Known)}, found {Shown.Text(name)}{Suggestion.For(name, Known)}");
        }
        if (valid && !_columns.ContainsKey("address"))
        {
            valid = false;
            _problems.Error(new Place(_file, 1, 1, "address"), "the header row lacks the column 'address'");
        }
        return valid;
    }

    private SenderConfig ReadSender()
    {
        var address = Read("address", Addresses.ParseMailbox);
        if (Text("address").Length == 0)
            _problems.Error(PlaceOf(_fields[_columns["address"]], "address"), "expected an address, found an empty field");
        return new SenderConfig
        {
            Place = PlaceOf(_fields[0], ""),
            Address = address,
            DisplayName = Read("display_name", Values.ParseDisplayName),
            DailyLimit = Read("daily_limit", ParseDailyLimit),
            Weight = Read("weight", text => Values.ParseNumber(text, 0, SenderConfig.MostWeight)),
            WarmupStart = Read("warmup_start", Values.ParseDate),
            TimeZone = Read("time_zone", TimeZones.Parse),
            Upstreams = ReadUpstreams(),
        };
    }

    private ImmutableArray<Setting<string>> ReadUpstreams()
    {
        if (Text("upstreams").Length == 0)
            return [];
        var place = PlaceOf(_fields[_columns["upstreams"]], "upstreams");
        var names = ImmutableArray.CreateBuilder<Setting<string>>();
        foreach (var name in Text("upstreams").Split([' ', ';'], StringSplitOptions.RemoveEmptyEntries))
        {
            var parsed = Values.ParseName(name);
            if (parsed.Error is null)
                names.Add(new Setting<string>(name, place));
            else
                _problems.Error(place, parsed.Error);
        }
        return names.DrainToImmutable();
    }

    private static Parsed<int> ParseDailyLimit(string text)
    {
        var parsed = Values.ParseLong(text, 0, SenderConfig.MostPerDay);
        return new Parsed<int>((int)parsed.Value, parsed.Error);
    }

    private string Text(string column) => _columns.TryGetValue(column, out var index) ? _fields[index].Text.Trim(' ') : "";

    // An empty field says nothing, as a missing key does.
    private Setting<T>? Read<T>(string column, Func<string, Parsed<T>> parse)
    {
        var text = Text(column);
        if (text.Length == 0)
            return null;
        var place = PlaceOf(_fields[_columns[column]], column);
        var parsed = parse(text);
        if (parsed.Error is null)
            return new Setting<T>(parsed.Value, place);
        _problems.Error(place, parsed.Error);
        return null;
    }

    private Place PlaceOf(CsvField field, string column) => new(_file, field.Line, _reader.Column(field), column);
}
