using System.Globalization;

namespace Recluster.Platform;

/// <summary>
/// The standard output of a worker. While it starts that is a pipe to the master, which passes the lines on and keeps the last for the
/// reason of a failed start; the master's own comes with the sockets. When the worker is ready it writes there directly: nothing that it serves
/// goes through the master, and it survives the master.
/// </summary>
/// <param name="own">The master's own output, under another number, closed on exec.</param>
internal sealed class StandardOutput(int own)
{
    internal const int Descriptor = 1;
    private const string Folder = "/proc/self/fd";

    // For the master to read what is still in the pipe, so that lines keep their order. None is lost if it takes longer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(2);

    private readonly string? _pipe = LinkOf(Descriptor);

    /// <summary>Puts the master's own output in the place of the pipe.</summary>
    internal async Task RestoreAsync(TimeProvider time)
    {
        var begun = time.GetTimestamp();
        while (Libc.BytesToRead(Descriptor) > 0 && time.GetElapsedTime(begun) < Patience)
        {
            await Task.Delay(Interval, time);
        }

        // Streams of Console hold duplicates; another thread may make one just now, so once more until there is none.
        while (_pipe is not null && DescriptorsOfPipe() is { Count: > 0 } descriptors && descriptors.TrueForAll(ReplaceBySelf))
        {
        }

        _ = Libc.Close(own);
    }

    private bool ReplaceBySelf(int descriptor) => Libc.Replace(descriptor, own);

    private List<int> DescriptorsOfPipe() =>
    [
        .. Directory.EnumerateFileSystemEntries(Folder)
            .Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))
            .Where(descriptor => LinkOf(descriptor) == _pipe),
    ];

    private static string? LinkOf(int descriptor)
    {
        try
        {
            return new FileInfo($"{Folder}/{descriptor.ToString(CultureInfo.InvariantCulture)}").LinkTarget;
        }
        catch (IOException)
        {
            return null; // Closed meanwhile.
        }
    }
}
