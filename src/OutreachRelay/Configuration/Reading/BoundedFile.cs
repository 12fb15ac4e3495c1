using System.Diagnostics.CodeAnalysis;

namespace OutreachRelay.Configuration.Reading;

/// <summary>Reads a file that the operator names, which may be anything: missing, a folder, a pipe, a disk.</summary>
internal static class BoundedFile
{
    /// <param name="most">The largest file accepted, in octets.</param>
    /// <param name="error">Why it was not read, for example <c>does not exist</c>.</param>
    public static bool TryRead(string path, int most, [NotNullWhen(true)] out byte[]? content, [NotNullWhen(false)] out string? error)
    {
        content = null;
        try
        {
            if (Directory.Exists(path))
                error = "is a folder";
            else if (!File.Exists(path))
                error = "does not exist";
            else
                error = Read(path, most, out content);
        }
        catch (UnauthorizedAccessException)
        {
            error = "cannot be read: permission denied";
        }
        catch (IOException)
        {
            error = "cannot be read";
        }
        if (error is null && content is not null)
            return true;
        error ??= "cannot be read";
        content = null;
        return false;
    }

    private static string? Read(string path, int most, out byte[]? content)
    {
        content = null;
        var info = new FileInfo(path);
        info = info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? info;
        var tooLarge = most >= 1 << 20 ? $"is larger than {most >> 20} MiB" : $"is larger than {most} octets";
        if (info.Length > most)
            return tooLarge;
        // A pipe or a device has no length. It is not opened, because that could wait for ever.
        if (info.Length == 0)
        {
            content = [];
            return null;
        }
        using var file = File.OpenHandle(info.FullName);
        var buffer = new byte[(int)info.Length + 1]; // one more shows that the file has grown meanwhile
        var length = 0;
        while (length < buffer.Length && RandomAccess.Read(file, buffer.AsSpan(length), length) is > 0 and var read)
            length += read;
        content = buffer[..length];
        return length < buffer.Length ? null : "is being written";
    }
}
