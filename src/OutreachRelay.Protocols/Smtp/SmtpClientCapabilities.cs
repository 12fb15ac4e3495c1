using System.Collections.Immutable;
using System.Globalization;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>The service extensions of the last EHLO reply (RFC 5321 §4.1.1.1).</summary>
public sealed record SmtpCapabilities
{
    public static readonly SmtpCapabilities None = new();

    /// <summary>The lines of the reply behind its greeting, as they came; untrusted. Equal text is an equal offer.</summary>
    public string Offer { get; init; } = "";

    /// <summary>RFC 2920.</summary>
    public bool Pipelining { get; init; }

    /// <summary>RFC 1870: the largest content in octets; 0 when the server knows no fixed limit, <see langword="null"/> when SIZE is not offered.</summary>
    public long? Size { get; init; }

    /// <summary>RFC 6152.</summary>
    public bool EightBitMime { get; init; }

    /// <summary>RFC 6531.</summary>
    public bool SmtpUtf8 { get; init; }

    /// <summary>RFC 2034.</summary>
    public bool EnhancedStatusCodes { get; init; }

    /// <summary>RFC 3030.</summary>
    public bool Chunking { get; init; }

    /// <summary>RFC 3207.</summary>
    public bool StartTls { get; init; }

    /// <summary>RFC 4954: mechanism names in upper case; empty when AUTH is not offered.</summary>
    public ImmutableArray<string> AuthMechanisms { get; init; } = [];

    /// <summary>Reads the reply to EHLO: the first line is a greeting, each other one an extension. What is unknown or malformed is left out.</summary>
    public static SmtpCapabilities Parse(SmtpReply reply)
    {
        var greeting = reply.Text.IndexOf('\n', StringComparison.Ordinal);
        var capabilities = greeting < 0 ? None : None with { Offer = reply.Text[(greeting + 1)..] };
        var first = true;
        foreach (var line in reply.Text.AsSpan().EnumerateLines())
        {
            if (!first)
                capabilities = capabilities.With(line.ToString().ToUpperInvariant().Split([' ', '='], StringSplitOptions.RemoveEmptyEntries));
            first = false;
        }
        return capabilities;
    }

    private SmtpCapabilities With(string[] words) => words is [] ? this : words[0] switch
    {
        "PIPELINING" => this with { Pipelining = true },
        "SIZE" => this with { Size = ReadSize(words) },
        "8BITMIME" => this with { EightBitMime = true },
        "SMTPUTF8" => this with { SmtpUtf8 = true },
        "ENHANCEDSTATUSCODES" => this with { EnhancedStatusCodes = true },
        "CHUNKING" => this with { Chunking = true },
        "STARTTLS" => this with { StartTls = true },
        // Old servers write AUTH=LOGIN, some of them beside the line of the standard.
        "AUTH" => this with { AuthMechanisms = AuthMechanisms.Union(words.Skip(1)).ToImmutableArray() },
        _ => this,
    };

    // A limit beyond Int64 is none.
    private static long ReadSize(string[] words) =>
        words.Length > 1 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0;
}
