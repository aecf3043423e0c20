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
    private const uint WantAll = 0x7ff;
    private const int NoSuchFile = 2;
    private const int NoFolder = 20;
    private const int StatxSize = 256;
    private const int StatxMode = 28;
    private const int StatxInode = 32;
    private const int StatxFileSize = 40;
    private const int StatxChanged = 96;
    private const int StatxModified = 112;
    private const int StatxDevice = 136;
    private const int TypeMask = 0xF000;
    private const int SocketType = 0xC000;
    private const int RegularType = 0x8000;

    /// <summary>Device and inode: the same for all names of a file, and for no other file while any name or user of it is left.</summary>
    internal readonly record struct Identity(ulong Device, ulong Inode);

    /// <summary>What differs when the content of a file was changed, or another file was put in its place.</summary>
    internal readonly record struct Stamp(ulong Inode, ulong Size, UnixTime Modified, UnixTime Changed)
    {
        /// <summary>Some file systems give the same file another inode after a while; its time of change then stays.</summary>
        internal bool IsOtherThan(Stamp other) =>
            Size != other.Size || Modified != other.Modified || (Inode != other.Inode && Changed != other.Changed);
    }

    internal readonly record struct UnixTime(long Seconds, uint Nanoseconds);

    /// <summary>Links are followed. False: it cannot be found out.</summary>
    /// <param name="path">The file.</param>
    /// <param name="stamp">Null if there is none.</param>
    internal static bool TryStamp(string path, out Stamp? stamp)
    {
        stamp = null;
        var buffer = stackalloc byte[StatxSize];
        try
        {
            if (Statx(AtCurrentDirectory, path, 0, WantAll, buffer) != 0)
            {
                return Marshal.GetLastPInvokeError() is NoSuchFile or NoFolder;
            }
        }
        catch (EntryPointNotFoundException)
        {
            return false; // glibc before 2.28.
        }

        stamp = new Stamp(
            *(ulong*)(buffer + StatxInode), *(ulong*)(buffer + StatxFileSize), Time(buffer + StatxModified), Time(buffer + StatxChanged));
        return true;

        static UnixTime Time(byte* at) => new(*(long*)at, *(uint*)(at + sizeof(long)));
    }

    internal static bool IsSocket(string path) => TypeOf(path) == SocketType;

    /// <summary>A file with content, and no link, pipe, socket or device.</summary>
    internal static bool IsRegular(string path) => TypeOf(path) == RegularType;

    private static int? TypeOf(string path)
    {
        var buffer = stackalloc byte[StatxSize];
        return Statx(AtCurrentDirectory, path, NoFollow, WantType, buffer) == 0 ? *(ushort*)(buffer + StatxMode) & TypeMask : null;
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
