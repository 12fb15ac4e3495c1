using System.Text;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>The commands that a server session tells apart.</summary>
internal enum CommandVerb { Unknown, Ehlo, Helo, Mail, Rcpt, Data, Rset, Noop, Vrfy, Expn, Help, Quit, Auth, StartTls, Bdat, Http, Proxy }

/// <summary>A command line, split into verb and arguments.</summary>
internal readonly ref struct CommandLine
{
    /// <param name="line">The line without its end.</param>
    public CommandLine(ReadOnlySpan<byte> line)
    {
        // RFC 5321 §4.1.1: trailing white space is tolerated.
        line = line.TrimEnd(" \t"u8);
        var end = line.IndexOf((byte)' ');
        Verb = ParseVerb(end < 0 ? line : line[..end]);
        Arguments = end < 0 ? default : line[end..].TrimStart((byte)' ');
        if (Verb == CommandVerb.Unknown && IsHttp(line))
            Verb = CommandVerb.Http;
    }

    public CommandVerb Verb { get; }

    /// <summary>What follows the verb, without white space around it.</summary>
    public ReadOnlySpan<byte> Arguments { get; }

    // A request line, or the field that every request has, should the request line have been too long.
    private static bool IsHttp(ReadOnlySpan<byte> line) =>
        line[(line.LastIndexOf((byte)' ') + 1)..].StartsWith("HTTP/"u8)
        || (line.Length >= 5 && Ascii.EqualsIgnoreCase(line[..5], "Host:"u8));

    // RFC 5321 §2.4: verbs in any case.
    private static CommandVerb ParseVerb(ReadOnlySpan<byte> verb) =>
        Ascii.EqualsIgnoreCase(verb, "MAIL"u8) ? CommandVerb.Mail
        : Ascii.EqualsIgnoreCase(verb, "RCPT"u8) ? CommandVerb.Rcpt
        : Ascii.EqualsIgnoreCase(verb, "DATA"u8) ? CommandVerb.Data
        : Ascii.EqualsIgnoreCase(verb, "EHLO"u8) ? CommandVerb.Ehlo
        : Ascii.EqualsIgnoreCase(verb, "HELO"u8) ? CommandVerb.Helo
        : Ascii.EqualsIgnoreCase(verb, "QUIT"u8) ? CommandVerb.Quit
        : Ascii.EqualsIgnoreCase(verb, "RSET"u8) ? CommandVerb.Rset
        : Ascii.EqualsIgnoreCase(verb, "AUTH"u8) ? CommandVerb.Auth
        : Ascii.EqualsIgnoreCase(verb, "NOOP"u8) ? CommandVerb.Noop
        : Ascii.EqualsIgnoreCase(verb, "STARTTLS"u8) ? CommandVerb.StartTls
        : Ascii.EqualsIgnoreCase(verb, "BDAT"u8) ? CommandVerb.Bdat
        : Ascii.EqualsIgnoreCase(verb, "VRFY"u8) ? CommandVerb.Vrfy
        : Ascii.EqualsIgnoreCase(verb, "EXPN"u8) ? CommandVerb.Expn
        : Ascii.EqualsIgnoreCase(verb, "HELP"u8) ? CommandVerb.Help
        : Ascii.EqualsIgnoreCase(verb, "PROXY"u8) ? CommandVerb.Proxy
        : CommandVerb.Unknown;
}
