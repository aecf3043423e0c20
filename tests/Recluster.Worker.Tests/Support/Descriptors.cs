using System.Runtime.InteropServices;

namespace Recluster.Tests.Support;

/// <summary>Descriptors as a worker has them: other numbers for the master's sockets.</summary>
internal static partial class Descriptors
{
    /// <summary>A second number for what this socket names, to be closed by who is given it.</summary>
    internal static int Duplicate(System.Net.Sockets.Socket socket) => Duplicate((int)socket.Handle);

    internal static int Duplicate(int descriptor)
    {
        var duplicate = Dup(descriptor);
        Assert.True(duplicate >= 0);
        return duplicate;
    }

    /// <summary>From now on the first number names what the second names.</summary>
    internal static void Replace(int descriptor, int by) => Assert.True(Dup2(by, descriptor) >= 0);

    /// <summary>What the number names now, such as "socket:[4711]", or null. A number that is free may be given to another at any time.</summary>
    internal static string? Target(int descriptor)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/self/fd/{descriptor}", returnFinalTarget: false)?.Name;
        }
        catch (IOException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    private static partial int Dup(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Dup2(int from, int to);
}
