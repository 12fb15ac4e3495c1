using System.Text;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>Reads the arguments of RCPT (RFC 5321 §4.1.1.3). No parameter is offered yet.</summary>
internal static class CommandRcpt
{
    /// <returns>The refusal, or <see langword="null"/> with <paramref name="command"/> set.</returns>
    public static SmtpReply? Parse(ReadOnlySpan<byte> arguments, bool isUtf8, out RcptCommand? command)
    {
        command = null;
        if (!CommandPath.TryFind(arguments, "TO:"u8, out var path))
            return SmtpServerReplies.RcptSyntax;
        var parameters = new CommandParameters(path.Rest);
        if (parameters.MoveNext())
            return parameters.IsWellFormed() ? SmtpServerReplies.ParameterUnknown : SmtpServerReplies.ParameterSyntax;
        // RFC 5321 §4.5.1: the one address without a domain that every server knows.
        if (Ascii.EqualsIgnoreCase(path.Address, "postmaster"u8))
        {
            command = new RcptCommand(null, IsPostmaster: true);
            return null;
        }
        if (!isUtf8 && !Ascii.IsValid(path.Address))
            return SmtpServerReplies.NeedsSmtpUtf8;
        if (path.IsLiteral)
            return SmtpServerReplies.AddressLiteral;
        if (!path.TryRead(out var mailbox, out var error))
            return new SmtpReply(553, 5, 1, 3, $"Bad recipient address: {error}");
        command = new RcptCommand(mailbox);
        return null;
    }
}
