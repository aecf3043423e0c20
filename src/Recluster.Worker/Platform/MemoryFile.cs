using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Recluster.Platform;

/// <summary>
/// A file that exists in memory only and for as long as a process holds its descriptor (memfd_create(2)). Lines are appended in one
/// write each, which the kernel keeps whole between processes (O_APPEND); each reader opens it anew and so has a position of its own.
/// </summary>
internal sealed partial class MemoryFile(int descriptor) : IDisposable
{
    private const uint CloseOnExec = 1;

    private int _closed;

    internal int Descriptor => descriptor;

    private string Path => $"/proc/self/fd/{descriptor}";

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

    internal void Append(string line)
    {
        using var file = new FileStream(Path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(Encoding.UTF8.GetBytes(line + "\n"));
    }

    internal string[] ReadLines()
    {
        using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemfdCreate(string name, uint flags);
}
