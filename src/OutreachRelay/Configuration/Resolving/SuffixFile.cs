using System.Text;
using OutreachRelay.Configuration.Reading;
using OutreachRelay.Protocols.Dmarc;

namespace OutreachRelay.Configuration.Resolving;

/// <summary>The public suffix list in the folder of rule data. It is large, and read only when it is needed: a sender's domain may be a subdomain, or DMARC is to go by it.</summary>
internal sealed class SuffixFile
{
    private const string Name = "public_suffix_list.dat";
    private const int LargestFile = 4 << 20;

    private readonly string _path;
    private readonly Lazy<PublicSuffixList?> _list;
    private byte[]? _content;
    private string? _error;

    public SuffixFile(string folder)
    {
        _path = Path.Combine(folder, Name);
        _list = new Lazy<PublicSuffixList?>(Read);
        Domains = new RegisteredDomains(() => _list.Value);
    }

    /// <summary>Outlives the resolving: a sender that the configuration has no more may be the first to need the list.</summary>
    public RegisteredDomains Domains { get; }

    /// <summary>The list, or an error at the setting that wants it.</summary>
    public PublicSuffixList? Require(Place place, ProblemList problems)
    {
        if (_list.Value is null)
        {
            problems.Error(place, $"the file {Shown.Text(_path)} {_error}");
            _error = null;
        }
        else if (_list.Value.Count == 0)
            problems.Error(place, $"the file {Shown.Text(_path)} has no rules in the format of publicsuffix.org");
        return _list.Value;
    }

    /// <summary>At the end: what was read belongs to the version, what could not be read is told.</summary>
    public void Report(Resolution resolution)
    {
        if (_content is { } content)
            resolution.Digest.AddFile(content);
        if (_error is { } error)
        {
            resolution.Problems.Warning(
                new Place(_path, 1, 1, ""), $"the file {error}; each subdomain that sends has limits and health of its own, but receivers count them together");
        }
        _content = null;
    }

    private PublicSuffixList? Read() =>
        BoundedFile.TryRead(_path, LargestFile, out _content, out _error) ? PublicSuffixList.Parse(Encoding.UTF8.GetString(_content)) : null;
}
