using System.Net.Sockets;
using System.Runtime.InteropServices;
using Recluster.Platform;
using Recluster.Processes;

namespace Recluster.Sockets;

/// <summary>
/// Keeps other masters from a folder while this one looks for the file of a dead socket there, removes it and binds its own. A lock of the folder
/// itself (flock(2)), so no file is left behind, and the kernel gives it back when the process ends.
/// </summary>
internal sealed partial class FolderLock : IDisposable
{
    private const int Folder = 0x10000;
    private const int FolderOnArm64 = 0x4000;
    private const int Exclusive = 2;
    private const int DoNotWait = 4;
    private const int WouldBlock = 11;

    private readonly int _descriptor;

    private FolderLock(int descriptor) => _descriptor = descriptor;

    /// <summary>Null where the folder may not be read or cannot be locked: the bind then decides alone.</summary>
    /// <param name="path">A file in the folder.</param>
    /// <param name="waits">Whether the caller tries again later if another process has the lock.</param>
    /// <exception cref="SocketException">Another process has it: <see cref="SocketError.AddressAlreadyInUse"/>.</exception>
    internal static FolderLock? Take(string path, bool waits)
    {
        var folderFlag = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? FolderOnArm64 : Folder;
        var descriptor = Native.Open(Path.GetDirectoryName(Path.GetFullPath(path))!, folderFlag | Native.OpenCloseOnExec, 0);
        if (descriptor < 0)
        {
            return null;
        }

        if (Lock(descriptor, Exclusive | DoNotWait) == 0)
        {
            return new FolderLock(descriptor);
        }

        var isTaken = Marshal.GetLastPInvokeError() == WouldBlock;
        _ = Libc.Close(descriptor);
        return isTaken && waits ? throw new SocketException((int)SocketError.AddressAlreadyInUse) : null;
    }

    public void Dispose() => _ = Libc.Close(_descriptor);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(int descriptor, int operation);
}
