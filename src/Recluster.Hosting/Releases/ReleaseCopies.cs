using System.Globalization;
using System.Runtime.Versioning;
using Recluster.Processes;

namespace Recluster.Releases;

/// <summary>
/// The folder that holds the copies of one master. While the master lives it has a lock there, which the kernel gives back at its end (flock(2), by
/// FileShare.None). So the next master knows what was left behind by one that was killed, and removes it once no orphaned worker runs from it.
/// </summary>
/// <param name="root">Where the masters have their folders.</param>
internal sealed class ReleaseCopies(string root) : IDisposable
{
    private const string LockFile = ".recluster-lock";
    private const string Prefix = "recluster-";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly Lock _gate = new();
    private FileStream? _lock;

    /// <summary>Where the masters have their folders; without links once it is there.</summary>
    internal string Root { get; private set; } = root;

    /// <summary>The folder of this master's copies, once there is one.</summary>
    internal string? Folder { get; private set; }

    /// <summary>An empty folder that nobody else may enter.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    [SupportedOSPlatform("linux")]
    internal string MakeFolder(int generation)
    {
        lock (_gate)
        {
            if (_lock is null)
            {
                Directory.CreateDirectory(Root, Private);
                Root = LinkedPath.Real(Root) ?? Root; // As the kernel names the files that a process has mapped.
                RemoveLeftBehind();
                var folder = Path.Combine(Root, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():N}"));
                Directory.CreateDirectory(folder, Private);
                _lock = new FileStream(Path.Combine(folder, LockFile), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
                Folder = folder;
            }
        }

        var copy = Path.Combine(Folder!, generation.ToString(CultureInfo.InvariantCulture));
        Delete(copy); // Of a try before.
        Directory.CreateDirectory(copy, Private);
        return copy;
    }

    /// <summary>Whether a path is the folder of a master's copies.</summary>
    internal bool Holds(string path) =>
        Path.GetDirectoryName(path) == Root && Path.GetFileName(path).StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Deletes a folder as far as possible. What stays is removed by the next master.</summary>
    internal static void Delete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is of no use to anybody, and keeps nothing from going on.
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_lock is not null)
            {
                Delete(Folder!);
                _lock.Dispose();
                _lock = null;
            }
        }
    }

    private void RemoveLeftBehind()
    {
        foreach (var folder in Directory.GetDirectories(Root, Prefix + "*"))
        {
            try
            {
                using var taken = new FileStream(Path.Combine(folder, LockFile), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                if (!IsInUse(folder))
                {
                    Delete(folder);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Its master lives, or is just about to begin or to end.
            }
        }
    }

    /// <summary>Workers outlive a master that was killed until their requests are done. What they run is mapped into their memory.</summary>
    private static bool IsInUse(string folder)
    {
        foreach (var process in Directory.GetDirectories("/proc"))
        {
            if (!char.IsAsciiDigit(Path.GetFileName(process)[0]))
            {
                continue;
            }

            try
            {
                if (File.ReadLines(process + "/maps").Any(line => line.Contains(folder + "/", StringComparison.Ordinal)))
                {
                    return true;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended, or is another user's.
            }
        }

        return false;
    }
}
