using System.Net.Sockets;
using System.Runtime.Versioning;
using OutreachRelay.Http;

namespace OutreachRelay.Tests.Http;

public sealed class AdminSocketTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sock");

    private string SocketPath => Path.Combine(_directory.FullName, "admin.sock");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Prepare_LeftBehindByAKilledProcess_IsRemoved()
    {
        using (var socket = Bind())
        {
            // Bound, never listening: what is left when a process is killed. Closing may remove the file, so look before.
            Assert.Null(await AdminSocket.PrepareAsync(SocketPath));
            Assert.False(File.Exists(SocketPath));
        }
    }

    [Fact]
    public async Task Prepare_SomeoneListens_SaysSo()
    {
        using var socket = Bind();
        socket.Listen();

        Assert.Contains("another process", await AdminSocket.PrepareAsync(SocketPath));
    }

    [Fact]
    public async Task Prepare_OrdinaryFile_IsLeftAlone()
    {
        await File.WriteAllTextAsync(SocketPath, "precious");

        Assert.Contains("a file", await AdminSocket.PrepareAsync(SocketPath));
        Assert.True(File.Exists(SocketPath));
    }

    [Fact]
    public async Task Prepare_PathTooLong_SaysSo() =>
        Assert.Contains("107", await AdminSocket.PrepareAsync("/" + new string('x', 120)));

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Restrict_LetsOwnerAndGroupIn()
    {
        using var socket = Bind();
        AdminSocket.Restrict(SocketPath);

        var mode = File.GetUnixFileMode(SocketPath);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, mode);
    }

    private Socket Bind()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(SocketPath));
        return socket;
    }
}
