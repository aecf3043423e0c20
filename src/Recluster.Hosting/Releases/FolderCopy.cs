using System.Globalization;
using System.Runtime.Versioning;
using Recluster.Processes;
using Recluster.Sockets;

namespace Recluster.Releases;

/// <summary>
/// Copies a folder. File.Copy shares the blocks of the two files where the file system can do that (FICLONE), and makes a plain copy otherwise. Hard
/// links would not do: a file that is written in place has the same content under all of its names. Pipes, sockets and devices are left out.
/// </summary>
/// <param name="source">The folder, with all links resolved.</param>
/// <param name="target">An empty folder.</param>
internal sealed class FolderCopy(string source, string target)
{
    private const long Megabyte = 1 << 20;

    /// <param name="isLeftOut">Whether an entry of the source is not copied.</param>
    /// <param name="end">Ends it between two files.</param>
    /// <exception cref="IOException">A file cannot be read or written; the disk is full, for example.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read or written.</exception>
    [SupportedOSPlatform("linux")]
    internal void Make(Func<string, bool> isLeftOut, CancellationToken end) => Make("", isLeftOut, end);

    /// <summary>How much a copy takes at most, and how much room there is, in words.</summary>
    internal static string Room(string source, string target)
    {
        try
        {
            var everything = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
            var needed = new DirectoryInfo(source).EnumerateFiles("*", everything).Sum(file => file.Length);
            var free = new DriveInfo(target).AvailableFreeSpace;
            return string.Create(CultureInfo.InvariantCulture, $" The copy takes up to {(needed / Megabyte) + 1} MiB; {free / Megabyte} MiB are free.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "";
        }
    }

    [SupportedOSPlatform("linux")]
    private void Make(string folder, Func<string, bool> isLeftOut, CancellationToken end)
    {
        foreach (var entry in new DirectoryInfo(Path.Combine(source, folder)).EnumerateFileSystemInfos())
        {
            end.ThrowIfCancellationRequested();
            var name = Path.Combine(folder, entry.Name);
            var copy = Path.Combine(target, name);
            if (isLeftOut(entry.FullName))
            {
                continue;
            }

            if (entry.LinkTarget is { } link)
            {
                File.CreateSymbolicLink(copy, Link(link, Path.Combine(source, folder)));
            }
            else if (entry is DirectoryInfo)
            {
                Directory.CreateDirectory(copy);
                Make(name, isLeftOut, end);
                File.SetUnixFileMode(copy, entry.UnixFileMode | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
            else if (UnixFile.IsRegular(entry.FullName))
            {
                File.Copy(entry.FullName, copy);
            }
        }
    }

    /// <summary>A link within the folder stays within the copy; one that leads out leads to the same place.</summary>
    private string Link(string link, string folder)
    {
        var goal = Path.GetFullPath(link, folder);
        var isInside = LinkedPath.IsIn(goal, source);
        return isInside != Path.IsPathRooted(link) ? link
            : isInside ? Path.Combine(target, Path.GetRelativePath(source, goal))
            : goal;
    }
}
