using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>Reads the arguments of MAIL (RFC 5321 §4.1.1.2) with the parameters SIZE, BODY, SMTPUTF8 and AUTH.</summary>
internal static class CommandMail
{
    [Flags]
    private enum Seen { None = 0, Size = 1, Body = 2, Utf8 = 4, Auth = 8 }

    /// <returns>The refusal, or <see langword="null"/> with <paramref name="command"/> set.</returns>
    public static SmtpReply? Parse(
        ReadOnlySpan<byte> arguments, long maxSize, bool isExtended, bool offersAuth, out MailCommand? command)
    {
        command = null;
        if (!CommandPath.TryFind(arguments, "FROM:"u8, out var path))
            return SmtpServerReplies.MailSyntax;
        if (ParseParameters(path.Rest, maxSize, isExtended, offersAuth, out var parsed) is { } refusal)
            return refusal;
        if (path.Address.IsEmpty)
        {
            command = parsed;
            return null;
        }
        if (!parsed.SmtpUtf8 && !Ascii.IsValid(path.Address))
            return SmtpServerReplies.NeedsSmtpUtf8;
        if (!path.TryRead(out var mailbox, out var error))
            return new SmtpReply(553, 5, 1, 7, $"Bad reverse-path: {error}");
        command = parsed with { ReversePath = mailbox };
        return null;
    }

    private static SmtpReply? ParseParameters(
        ReadOnlySpan<byte> text, long maxSize, bool isExtended, bool offersAuth, out MailCommand command)
    {
        command = new MailCommand(null);
        var seen = Seen.None;
        var parameters = new CommandParameters(text);
        while (parameters.MoveNext())
        {
            if (!parameters.IsWellFormed())
                return SmtpServerReplies.ParameterSyntax;
            var parameter = !isExtended ? Seen.None : Recognise(parameters, offersAuth);
            if (parameter == Seen.None)
                return SmtpServerReplies.ParameterUnknown;
            if (seen.HasFlag(parameter))
                return SmtpServerReplies.ParameterTwice;
            seen |= parameter;
            if (Apply(parameter, parameters, maxSize, ref command) is { } refusal)
                return refusal;
        }
        return null;
    }

    private static Seen Recognise(CommandParameters parameter, bool offersAuth) =>
        parameter.Is("SIZE"u8) ? Seen.Size
        : parameter.Is("BODY"u8) ? Seen.Body
        : parameter.Is("SMTPUTF8"u8) ? Seen.Utf8
        : parameter.Is("AUTH"u8) && offersAuth ? Seen.Auth
        : Seen.None;

    private static SmtpReply? Apply(Seen parameter, CommandParameters given, long maxSize, ref MailCommand command)
    {
        switch (parameter)
        {
            case Seen.Size:
                return ApplySize(given.Value, maxSize, ref command);
            case Seen.Body:
                command = command with { EightBit = Ascii.EqualsIgnoreCase(given.Value, "8BITMIME"u8) };
                return command.EightBit || Ascii.EqualsIgnoreCase(given.Value, "7BIT"u8) ? null
                    // RFC 3030 §3 belongs to an extension that is not offered.
                    : Ascii.EqualsIgnoreCase(given.Value, "BINARYMIME"u8) ? SmtpServerReplies.ParameterUnknown
                    : SmtpServerReplies.ParameterSyntax;
            case Seen.Utf8:
                command = command with { SmtpUtf8 = true };
                return given.HasValue ? SmtpServerReplies.ParameterSyntax : null;
            default:
                command = command with { AuthParameter = DecodeXtext(given.Value) };
                return command.AuthParameter is null ? SmtpServerReplies.ParameterSyntax : null;
        }
    }

    // RFC 1870 §3: 1*20DIGIT. Twenty digits may not fit, but then they are too many octets as well.
    private static SmtpReply? ApplySize(ReadOnlySpan<byte> value, long limit, ref MailCommand command)
    {
        if (value.Length is 0 or > 20 || value.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0)
            return SmtpServerReplies.ParameterSyntax;
        if (!Utf8Parser.TryParse(value, out long size, out _) || size > limit)
            return SmtpServerReplies.TooBig;
        command = command with { Size = size };
        return null;
    }

    // RFC 3461 §4: "+" and two upper-case hexadecimal digits stand for an octet. Null when malformed.
    private static string? DecodeXtext(ReadOnlySpan<byte> xtext)
    {
        var decoded = xtext.Length <= 512 ? stackalloc byte[xtext.Length] : new byte[xtext.Length];
        var length = 0;
        for (var i = 0; i < xtext.Length; i++)
        {
            var octet = xtext[i];
            if (octet == '+')
            {
                if (i + 2 >= xtext.Length || !IsUpperHex(xtext[i + 1]) || !IsUpperHex(xtext[i + 2]))
                    return null;
                octet = (byte)((Convert.FromHexString([(char)xtext[i + 1], (char)xtext[i + 2]]))[0]);
                i += 2;
            }
            decoded[length++] = octet;
        }
        decoded = decoded[..length];
        return Utf8.IsValid(decoded) ? Encoding.UTF8.GetString(decoded) : null;
    }

    private static bool IsUpperHex(byte c) => char.IsAsciiHexDigitUpper((char)c);
}
