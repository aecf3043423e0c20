using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Recluster.Sockets;

/// <summary>What .NET does not tell of a file, or does not do with it.</summary>
internal static unsafe partial class UnixFile
{
    private const int AtCurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint WantType = 1;
    private const uint WantInode = 0x100;
    private const int StatxSize = 256;
    private const int StatxMode = 28;
    private const int StatxInode = 32;
    private const int StatxDevice = 136;
    private const int TypeMask = 0xF000;
    private const int SocketType = 0xC000;

    /// <summary>Device and inode: the same for all names of a file, and for no other file while any name or user of it is left.</summary>
    internal readonly record struct Identity(ulong Device, ulong Inode);

    internal static bool IsSocket(string path)
    {
        var buffer = stackalloc byte[StatxSize];
        return Statx(AtCurrentDirectory, path, NoFollow, WantType, buffer) == 0
            && (*(ushort*)(buffer + StatxMode) & TypeMask) == SocketType;
    }

    /// <summary>Null if there is none.</summary>
    internal static Identity? Identify(string path)
    {
        // statx(2) has one layout on every architecture; stat's differ.
        var buffer = stackalloc byte[StatxSize];
        return Statx(AtCurrentDirectory, path, NoFollow, WantInode, buffer) == 0
            ? new Identity(*(ulong*)(buffer + StatxDevice), *(ulong*)(buffer + StatxInode))
            : null;
    }

    /// <summary>Gives a file a second name. Null, or why it cannot be.</summary>
    internal static string? TryLink(string path, string name) => Error(Link(path, name));

    /// <summary>Renames a file, over another one if there is. Null, or why it cannot be.</summary>
    internal static string? TryRename(string path, string name) => Error(Rename(path, name));

    internal static void Remove(string path) => _ = Unlink(path);

    private static string? Error(int result) => result == 0 ? null : new Win32Exception(Marshal.GetLastPInvokeError()).Message;

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string path, string name);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string path, string name);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unlink(string path);
}
