using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Recluster.Platform;

/// <summary>
/// A file that exists in memory only and for as long as a process holds its descriptor (memfd_create(2)). All processes of the cluster may
/// append lines to it at the same time and read them.
/// </summary>
internal sealed partial class MemoryFile(int descriptor) : IDisposable
{
    private const uint CloseOnExec = 1;

    private int _closed;

    internal int Descriptor => descriptor;

    /// <summary>Null where the kernel refuses.</summary>
    internal static MemoryFile? Create(string name)
    {
        var descriptor = MemfdCreate(name, CloseOnExec);
        return descriptor < 0 ? null : new MemoryFile(descriptor);
    }

    /// <summary>Zeros up to this length.</summary>
    internal void SetLength(long bytes)
    {
        using var handle = new SafeFileHandle(descriptor, ownsHandle: false);
        RandomAccess.SetLength(handle, bytes);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <summary>
    /// Adds a line. The kernel finds the end of the file and writes there in one step (O_APPEND), so lines of several processes stay whole and
    /// none replaces another. A position of the process's own would not do: it is old by the time of the write.
    /// </summary>
    /// <exception cref="IOException">The kernel did not take all of it: there is no more memory.</exception>
    internal void Append(string line)
    {
        if (line.Contains('\n'))
        {
            throw new ArgumentException("A line has no line feed in it.", nameof(line));
        }

        // It begins with a line feed as well: if a write was cut short before, what is left of that one ends here.
        var bytes = Encoding.UTF8.GetBytes("\n" + line + "\n");
        if (!Libc.TryAppend(descriptor, bytes))
        {
            throw new IOException($"The memory that the cluster shares takes no more: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    /// <summary>The lines that are complete. One that another process is just writing has no line feed yet, and is left out.</summary>
    internal string[] ReadLines()
    {
        using var handle = new SafeFileHandle(descriptor, ownsHandle: false);
        var bytes = new byte[RandomAccess.GetLength(handle)];
        var length = 0;
        while (length < bytes.Length && RandomAccess.Read(handle, bytes.AsSpan(length), length) is > 0 and var read)
        {
            length += read;
        }

        var complete = bytes.AsSpan(0, length).LastIndexOf((byte)'\n') + 1;
        return Encoding.UTF8.GetString(bytes, 0, complete).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemfdCreate(string name, uint flags);
}
