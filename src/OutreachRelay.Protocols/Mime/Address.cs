using System.Collections.Immutable;
using OutreachRelay.Protocols.Smtp;

namespace OutreachRelay.Protocols.Mime;

/// <summary>One element of an address list (RFC 5322 §3.4): a mailbox with its display name, or a named group of them.</summary>
/// <param name="DisplayName">Decoded and unquoted, but not made safe; empty for none. See <see cref="Mime.DisplayName.Clean"/>.</param>
/// <param name="Mailbox"><see langword="null"/> for a group, and for an address that is well-formed here but none that mail can be sent to, such as <c>root@localhost</c>.</param>
/// <param name="Members">The mailboxes of a group, none of them a group.</param>
public sealed record Address(string DisplayName, Mailbox? Mailbox, bool IsGroup, ImmutableArray<Address> Members);

/// <summary>What is malformed in an address list.</summary>
public enum AddressFault
{
    None,

    /// <summary>A quoted string is not closed.</summary>
    OpenQuote,

    /// <summary>A comment is not closed, or comments nest too deep.</summary>
    BadComment,

    /// <summary>Text without an address, such as <c>Doe</c> in <c>Doe, John &lt;j@example.com&gt;</c>.</summary>
    NoAddress,

    /// <summary>What should be <c>local-part@domain</c> is not.</summary>
    BadAddress,

    /// <summary>A character that has no place where it stands.</summary>
    StrayCharacter,

    /// <summary>A group is not closed by a semicolon, or begins inside another.</summary>
    BadGroup,

    /// <summary>A display name is in a charset that is not known.</summary>
    UnknownCharset,

    /// <summary>There are more elements than asked for; the rest was not read.</summary>
    TooMany,
}

/// <param name="Offset">Octets from the start of the value.</param>
public readonly record struct AddressError(AddressFault Fault, int Offset);
