using System.Buffers.Text;
using System.Text;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>The commands of one transaction in one buffer, so that they can go out together or one by one.</summary>
internal readonly struct OutgoingCommands
{
    /// <summary>Octets that the commands need at most: two paths of 320, their words and two numbers.</summary>
    public const int MaxLength = 1024;

    private readonly ReadOnlyMemory<byte> _octets;
    private readonly int _mail;
    private readonly int _rcpt;
    private readonly int _data;

    private OutgoingCommands(ReadOnlyMemory<byte> octets, int mail, int rcpt, int data)
    {
        _octets = octets;
        _mail = mail;
        _rcpt = rcpt;
        _data = data;
    }

    public ReadOnlyMemory<byte> All => _octets;

    /// <summary><see cref="SmtpStage.Idle"/> when there is a RSET, else <see cref="SmtpStage.Mail"/>.</summary>
    public SmtpStage First => _mail > 0 ? SmtpStage.Idle : SmtpStage.Mail;

    public ReadOnlyMemory<byte> this[SmtpStage stage] => stage switch
    {
        SmtpStage.Idle => _octets[.._mail],
        SmtpStage.Mail => _octets[_mail.._rcpt],
        SmtpStage.Rcpt => _octets[_rcpt.._data],
        SmtpStage.Data => _octets[_data..],
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, "no command of a transaction"),
    };

    /// <summary>Writes RSET (where asked for), MAIL, RCPT and DATA, or BDAT for all of the content (RFC 3030 §2).</summary>
    /// <param name="buffer">At least <see cref="MaxLength"/> octets; it must stay unchanged while the commands are in use.</param>
    /// <param name="extensions">What MAIL may bear.</param>
    public static OutgoingCommands Write(byte[] buffer, OutgoingEnvelope envelope, long size, SmtpCapabilities extensions, bool reset, bool asChunk = false)
    {
        var end = reset ? Put(buffer, 0, "RSET\r\n"u8) : 0;
        var mail = end;
        end = PutPath(buffer, Put(buffer, end, "MAIL FROM:<"u8), envelope.ReversePath);
        if (extensions.Size is not null)
            end = PutNumber(buffer, Put(buffer, end, " SIZE="u8), size);
        if (envelope.EightBit && extensions.EightBitMime)
            end = Put(buffer, end, " BODY=8BITMIME"u8);
        if (envelope.SmtpUtf8)
            end = Put(buffer, end, " SMTPUTF8"u8);
        var rcpt = end = Put(buffer, end, "\r\n"u8);
        end = PutPath(buffer, Put(buffer, end, "RCPT TO:<"u8), envelope.Recipient);
        var data = end = Put(buffer, end, "\r\n"u8);
        end = asChunk ? Put(buffer, PutNumber(buffer, Put(buffer, end, "BDAT "u8), size), " LAST\r\n"u8) : Put(buffer, end, "DATA\r\n"u8);
        return new OutgoingCommands(buffer.AsMemory(0, end), mail, rcpt, data);
    }

    private static int Put(byte[] buffer, int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(buffer.AsSpan(at));
        return at + text.Length;
    }

    private static int PutPath(byte[] buffer, int at, string path) =>
        Put(buffer, at + Encoding.UTF8.GetBytes(path, buffer.AsSpan(at)), ">"u8);

    private static int PutNumber(byte[] buffer, int at, long number)
    {
        Utf8Formatter.TryFormat(number, buffer.AsSpan(at), out var written);
        return at + written;
    }
}
