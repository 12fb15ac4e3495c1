using System.Collections.Immutable;

namespace OutreachRelay.Protocols.Dsn;

/// <summary>How one MTA writes notifications that are text alone.</summary>
/// <param name="Name">What <see cref="BounceReport.TextForm"/> says.</param>
/// <param name="Opening">What a line must begin with.</param>
/// <param name="List">What a line from there on must hold; recipients follow it. Empty: they follow the opening.</param>
/// <param name="End">What the line begins with that ends the list, the original behind it. Empty for none.</param>
/// <param name="IsBracketed">
/// Whether a recipient stands in angle brackets at the start of a paragraph; otherwise it stands bare on its line, indented as the first one.
/// </param>
internal sealed record TextForm(string Name, byte[] Opening, byte[] List, byte[] End, bool IsBracketed, DeliveryAction Action)
{
    /// <summary>The first that fits counts.</summary>
    public static ImmutableArray<TextForm> All { get; } =
    [
        // D. J. Bernstein, "The qmail-send Bounce Message Format (QSBMF)" §2: the text begins so; a recipient paragraph begins with "<",
        // the break paragraph with "-".
        new("qmail", [.. "Hi. This is the"u8], [], [.. "-"u8], IsBracketed: true, DeliveryAction.Failed),

        // Exim, src/deliver.c, the default texts of a bounce and of a warning.
        new("exim", [.. "This message was created automatically by mail delivery software"u8], [.. "address(es) failed:"u8],
            [.. "------ This is a copy of"u8], IsBracketed: false, DeliveryAction.Failed),
        new("exim", [.. "This message was created automatically by mail delivery software"u8],
            [.. "to which the message has not yet been delivered"u8], [.. "------ This is a copy of"u8], IsBracketed: false, DeliveryAction.Delayed),

        // Postfix, src/bounce/bounce_templates.c; "program" in old releases.
        new("postfix", [.. "This is the mail system at host"u8], [.. "THIS IS A WARNING ONLY"u8], [], IsBracketed: true, DeliveryAction.Delayed),
        new("postfix", [.. "This is the Postfix program at host"u8], [.. "THIS IS A WARNING ONLY"u8], [], IsBracketed: true, DeliveryAction.Delayed),
        new("postfix", [.. "This is the mail system at host"u8], [], [], IsBracketed: true, DeliveryAction.Failed),
        new("postfix", [.. "This is the Postfix program at host"u8], [], [], IsBracketed: true, DeliveryAction.Failed),

        // Exchange 2007 and later: Microsoft Learn, the pages on non-delivery reports in Exchange Online.
        new("exchange", [.. "Diagnostic information for administrators:"u8], [], [.. "Original message headers:"u8],
            IsBracketed: false, DeliveryAction.Failed),

        // Exchange 5.5 to 2003: Microsoft Knowledge Base Q178537; hMailServer writes the same.
        new("exchange", [.. "Your message did not reach some or all of the intended recipients"u8],
            [.. "The following recipient(s) could not be reached:"u8], [], IsBracketed: false, DeliveryAction.Failed),
    ];
}
