using System.Diagnostics.CodeAnalysis;
using OutreachRelay.Configuration.Reading;

namespace OutreachRelay.Cli;

/// <summary>Files with a mail each, as a command line names them.</summary>
internal static class MailFiles
{
    private const int Largest = 64 << 20;

    /// <summary>Reads a mail; one that cannot be read is told.</summary>
    public static bool TryRead(string file, Terminal terminal, [NotNullWhen(true)] out byte[]? content)
    {
        content = null;
        if (file.Length > 0 && !file.Contains('\0') && BoundedFile.TryRead(file, Largest, out content, out _))
            return true;
        terminal.WriteErrorLine($"{file}: cannot be read");
        return false;
    }
}
