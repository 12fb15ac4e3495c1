namespace OutreachRelay.Configuration.Reading;

/// <summary><c>[bounces]</c>: mail that comes back another way than to a port.</summary>
public sealed record BouncesConfig
{
    public Setting<string>? Maildir { get; init; }

    internal static BouncesConfig Read(SectionReader reader) => new() { Maildir = reader.Read("maildir", Values.FilePath) };
}
