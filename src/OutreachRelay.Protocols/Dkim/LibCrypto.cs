using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OutreachRelay.Protocols.Dkim;

/// <summary>The functions of OpenSSL's libcrypto that .NET does not offer: Ed25519. It is the library that .NET's own cryptography loads on Linux.</summary>
internal static class LibCrypto
{
    private const string Library = "libcrypto";

    private static readonly nint Handle = Load();

    static LibCrypto() => NativeLibrary.SetDllImportResolver(typeof(LibCrypto).Assembly, static (name, _, _) => name == Library ? Handle : 0);

    /// <summary>Whether there is a libcrypto that knows Ed25519 (OpenSSL 1.1.1 or later).</summary>
    public static bool IsAvailable { get; } = Handle != 0 && NativeLibrary.TryGetExport(Handle, "EVP_DigestSign", out _);

    private static nint Load()
    {
        // Elsewhere .NET uses other libraries, and on macOS loading a libcrypto without a version ends the process.
        if (!OperatingSystem.IsLinux())
            return 0;
        foreach (var name in (ReadOnlySpan<string>)["libcrypto.so.3", "libcrypto.so.1.1", Library])
        {
            if (NativeLibrary.TryLoad(name, Assembly.GetExecutingAssembly(), DllImportSearchPath.SafeDirectories, out var handle))
                return handle;
        }
        return 0;
    }

    [DllImport(Library)]
    public static extern EvpKey EVP_PKEY_new_raw_private_key(int type, nint engine, in byte key, nuint length);

    [DllImport(Library)]
    public static extern EvpKey EVP_PKEY_new_raw_public_key(int type, nint engine, in byte key, nuint length);

    [DllImport(Library)]
    public static extern int EVP_PKEY_get_raw_private_key(EvpKey key, ref byte octets, ref nuint length);

    [DllImport(Library)]
    public static extern int EVP_PKEY_get_raw_public_key(EvpKey key, ref byte octets, ref nuint length);

    [DllImport(Library)]
    public static extern void EVP_PKEY_free(nint key);

    [DllImport(Library)]
    public static extern EvpDigestContext EVP_MD_CTX_new();

    [DllImport(Library)]
    public static extern void EVP_MD_CTX_free(nint context);

    [DllImport(Library)]
    public static extern int EVP_DigestSignInit(EvpDigestContext context, nint keyContext, nint digest, nint engine, EvpKey key);

    [DllImport(Library)]
    public static extern int EVP_DigestSign(EvpDigestContext context, ref byte signature, ref nuint signatureLength, in byte text, nuint length);

    [DllImport(Library)]
    public static extern int EVP_DigestVerifyInit(EvpDigestContext context, nint keyContext, nint digest, nint engine, EvpKey key);

    [DllImport(Library)]
    public static extern int EVP_DigestVerify(EvpDigestContext context, in byte signature, nuint signatureLength, in byte text, nuint length);

    [DllImport(Library)]
    public static extern void ERR_clear_error();
}

/// <summary>An <c>EVP_PKEY</c>.</summary>
internal sealed class EvpKey() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_PKEY_free(handle);
        return true;
    }
}

/// <summary>An <c>EVP_MD_CTX</c>.</summary>
internal sealed class EvpDigestContext() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_MD_CTX_free(handle);
        return true;
    }
}
