namespace OutreachRelay.Policy.Score;

/// <summary>Checks of attachments by their content, whatever their names say.</summary>
internal static class AttachmentChecks
{
    /// <summary>A program: a Windows executable, an ELF file, a Mach-O file, or a shell script.</summary>
    public static string? Program(ScoredMessage message) => Find(message, static content =>
        content.StartsWith("MZ"u8) || content.StartsWith("\x7FELF"u8) || content.StartsWith("#!/"u8) || content.StartsWith((ReadOnlySpan<byte>)[0xCF, 0xFA, 0xED, 0xFE]));

    /// <summary>An office document with macros: the name of their part stands unpacked in the archive (ECMA-376; MS-OFFMACRO2), or in the directory of the older form.</summary>
    public static string? Macros(ScoredMessage message) => Find(message, static content =>
        (content.StartsWith("PK\x03\x04"u8) && content.IndexOf("vbaProject.bin"u8) >= 0)
        || (content.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0]) && content.IndexOf("_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0"u8) >= 0));

    /// <summary>An archive whose directory says that its files are encrypted (APPNOTE.TXT 4.4.4): no scanner can look inside.</summary>
    public static string? Locked(ScoredMessage message) => Find(message, static content =>
        content.Length > 7 && content.StartsWith("PK\x03\x04"u8) && (content[6] & 1) != 0);

    private static string? Find(ScoredMessage message, Func<ReadOnlySpan<byte>, bool> isMeant)
    {
        foreach (var part in message.Attachments)
        {
            if (isMeant(part.Decode(ScoredMessage.MaxOctets).Span))
                return TextChecks.Place("attachment", part.FileName.Length > 0 ? part.FileName : part.MediaType);
        }
        return null;
    }
}
