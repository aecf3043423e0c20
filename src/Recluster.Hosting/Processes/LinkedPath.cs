using System.IO.Enumeration;
using System.Runtime.InteropServices;

namespace Recluster.Processes;

/// <summary>Paths and the symbolic links on them.</summary>
internal static class LinkedPath
{
    // Where a deploy puts its link: beside the releases, or beside the folder that holds them; and an app may lie deeper in its release.
    private const int SearchLevels = 3;

    // A folder with more entries is no place that somebody arranged by hand.
    private const int SearchEntries = 2000;

    /// <summary>The path with all links resolved. Null if it leads nowhere.</summary>
    internal static string? Real(string path)
    {
        var resolved = Native.RealPath(path, 0);
        if (resolved == 0)
        {
            return null;
        }

        var text = Marshal.PtrToStringUTF8(resolved);
        Native.Free(resolved);
        return text;
    }

    /// <summary>Whether a real path is this real folder or lies in it.</summary>
    internal static bool IsIn(string path, string folder) =>
        path == folder || path.StartsWith(folder == "/" ? folder : folder + "/", StringComparison.Ordinal);

    /// <summary>Every link that the path itself names, such as "/srv/app/current" of "/srv/app/current/App".</summary>
    internal static IReadOnlyList<string> LinksOn(string path) => [.. Prefixes(path).Where(IsLink)];

    /// <summary>
    /// Another way to spell a real folder: through the links of a path that leads into the same place. Null if that path has no link
    /// to the folder or to one above it.
    /// </summary>
    internal static string? Respell(string folder, string path)
    {
        foreach (var prefix in Prefixes(path).Reverse())
        {
            // A link may be followed by "..", which leads elsewhere than it seems to.
            if (Real(prefix) is { } real && IsIn(folder, real) && LinksOn(prefix).Count > 0 && !prefix.Contains("/..", StringComparison.Ordinal))
            {
                return prefix + folder[(real == "/" ? 0 : real.Length)..];
            }
        }

        return null;
    }

    /// <summary>The links that lie near a real folder and lead to it, or to a folder that it lies in.</summary>
    internal static IReadOnlyList<string> LinksNear(string folder)
    {
        var found = new List<string>();
        var place = Path.GetDirectoryName(folder);
        for (var level = 0; level < SearchLevels && place is not null && place != "/"; level++, place = Path.GetDirectoryName(place))
        {
            found.AddRange(LinksIn(place).Where(link => Real(link) is { } real && real != place && IsIn(real, place) && IsIn(folder, real)));
        }

        return found;
    }

    private static IEnumerable<string> LinksIn(string folder)
    {
        try
        {
            return [.. new FileSystemEnumerable<(string Path, bool IsLink)>(
                folder, (ref FileSystemEntry entry) => (entry.ToFullPath(), entry.Attributes.HasFlag(FileAttributes.ReparsePoint)))
                .Take(SearchEntries).Where(entry => entry.IsLink).Select(entry => entry.Path)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>"/srv", "/srv/app", "/srv/app/current": as they are written, without a slash at the end.</summary>
    private static IEnumerable<string> Prefixes(string path)
    {
        for (var i = 1; i < path.Length; i++)
        {
            if (path[i] == '/' && path[i - 1] != '/' && !path[..i].EndsWith("/.", StringComparison.Ordinal))
            {
                yield return path[..i];
            }
        }

        if (path.Length > 1 && path[^1] != '/')
        {
            yield return path;
        }
    }

    private static bool IsLink(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
