using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace OutreachRelay.Protocols.Smtp;

/// <summary>One authentication exchange (RFC 4954 §4): PLAIN (RFC 4616) or LOGIN, with or without an initial response.</summary>
internal sealed class AuthExchange(CommandLineReader lines, SmtpServerTransport transport, SmtpServerOptions options)
{
    private byte[]? _response;

    /// <summary>What the client gave, unless there is a <see cref="Refusal"/>.</summary>
    public SmtpCredentials? Credentials { get; private set; }

    public SmtpReply? Refusal { get; private set; }

    /// <param name="arguments">What follows AUTH: the mechanism, and perhaps the initial response.</param>
    public ValueTask<SmtpServerWait> RunAsync(ReadOnlySpan<byte> arguments)
    {
        var end = arguments.IndexOf((byte)' ');
        var mechanism = end < 0 ? arguments : arguments[..end];
        var initial = end < 0 ? default : arguments[end..].TrimStart((byte)' ');
        // "=" is an empty initial response; neither mechanism has one, so the client is asked as if it had sent none.
        if (!initial.IsEmpty && !initial.SequenceEqual("="u8))
            Decode(initial);
        if (Ascii.EqualsIgnoreCase(mechanism, "PLAIN"u8))
            return PlainAsync();
        if (Ascii.EqualsIgnoreCase(mechanism, "LOGIN"u8))
            return LoginAsync();
        Refusal = mechanism.IsEmpty ? SmtpServerReplies.AuthSyntax : SmtpServerReplies.AuthMechanism;
        return new(SmtpServerWait.Ready);
    }

    private async ValueTask<SmtpServerWait> PlainAsync()
    {
        var wait = await AskUnlessGivenAsync(SmtpServerReplies.AuthGoOn);
        if (wait == SmtpServerWait.Ready && Refusal is null)
            TakePlain(_response);
        return wait;
    }

    private async ValueTask<SmtpServerWait> LoginAsync()
    {
        var wait = await AskUnlessGivenAsync(SmtpServerReplies.AuthUsername);
        if (wait != SmtpServerWait.Ready || Refusal is not null)
            return wait;
        var username = TakeText(_response);
        _response = null;
        wait = await AskUnlessGivenAsync(SmtpServerReplies.AuthPassword);
        if (wait == SmtpServerWait.Ready && Refusal is null && TakeText(_response) is { } password && username is not null)
            Credentials = new SmtpCredentials("", username, password);
        return wait;
    }

    private async ValueTask<SmtpServerWait> AskUnlessGivenAsync(SmtpReply challenge)
    {
        if (_response is not null || Refusal is not null)
            return SmtpServerWait.Ready;
        transport.Write(challenge);
        var deadline = transport.Deadline;
        var wait = await lines.ReadAsync(deadline.After(deadline.Now, options.CommandTimeout), isAuthResponse: true);
        if (wait == SmtpServerWait.Ready)
            TakeLine();
        return wait;
    }

    private void TakeLine()
    {
        if (lines.Defect is CommandLineDefect.TooLong or CommandLineDefect.Endless)
            Refusal = SmtpServerReplies.AuthTooLong;
        else if (lines.Defect != CommandLineDefect.None)
            Refusal = SmtpServerReplies.AuthMalformed;
        else if (lines.Line.SequenceEqual("*"u8))
            Refusal = SmtpServerReplies.AuthCancelled;
        else
            Decode(lines.Line);
        lines.Erase();
    }

    private void Decode(ReadOnlySpan<byte> base64)
    {
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        if (Base64.DecodeFromUtf8(base64, decoded, out _, out var length) == OperationStatus.Done)
            _response = decoded[..length];
        else
            Refusal = SmtpServerReplies.AuthMalformed;
        decoded.AsSpan().Clear();
    }

    // RFC 4616 §2: [authzid] NUL authcid NUL passwd, the last two not empty.
    private void TakePlain(ReadOnlySpan<byte> message)
    {
        var first = message.IndexOf((byte)0);
        var second = first < 0 ? -1 : message[(first + 1)..].IndexOf((byte)0);
        if (second <= 0 || first + second + 2 == message.Length)
        {
            Refusal = SmtpServerReplies.AuthMalformed;
            return;
        }
        var authorizationId = TakeText(message[..first]);
        var username = TakeText(message.Slice(first + 1, second));
        var password = TakeText(message[(first + second + 2)..]);
        if (Refusal is null)
            Credentials = new SmtpCredentials(authorizationId!, username!, password!);
    }

    private string? TakeText(ReadOnlySpan<byte> octets)
    {
        if (Utf8.IsValid(octets) && octets.IndexOf((byte)0) < 0)
            return Encoding.UTF8.GetString(octets);
        Refusal = SmtpServerReplies.AuthMalformed;
        return null;
    }
}
