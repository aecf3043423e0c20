using System.Runtime.InteropServices;

namespace Recluster.Sockets;

/// <summary>Tells socket files from others; .NET's file attributes do not.</summary>
internal static unsafe partial class UnixFileType
{
    private const int AtCurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint WantType = 1;
    private const int StatxSize = 256;
    private const int StatxMode = 28;
    private const int TypeMask = 0xF000;
    private const int SocketType = 0xC000;

    internal static bool IsSocket(string path)
    {
        // statx(2) has one layout on every architecture; stat's differ.
        var buffer = stackalloc byte[StatxSize];
        return Statx(AtCurrentDirectory, path, NoFollow, WantType, buffer) == 0
            && (*(ushort*)(buffer + StatxMode) & TypeMask) == SocketType;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);
}
