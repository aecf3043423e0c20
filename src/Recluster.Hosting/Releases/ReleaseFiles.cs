using Recluster.Sockets;

namespace Recluster.Releases;

/// <summary>
/// The app's code as its files were when a generation began, so that a deploy into the same folder is noticed. Looked at: the DLL or executable that
/// names the app and, beside it, DLLs, native libraries, *.deps.json and *.runtimeconfig.json. Left out: sub-folders, whose files change together with
/// these, and settings (appsettings.json), which it is usual to change in place. A file that is added changes nothing.
/// </summary>
internal sealed class ReleaseFiles
{
    private const int MostEntries = 10_000;
    private const int MostNames = 3;

    private static readonly string[] Endings = [".dll", ".so", ".deps.json", ".runtimeconfig.json"];

    private readonly string _folder;
    private readonly IReadOnlyList<(string Name, UnixFile.Stamp Stamp)> _files;

    private ReleaseFiles(string folder, IReadOnlyList<(string Name, UnixFile.Stamp Stamp)> files)
    {
        _folder = folder;
        _files = files;
    }

    /// <param name="app">The app's DLL or executable, with all links resolved.</param>
    internal static ReleaseFiles Record(string app)
    {
        var folder = Path.GetDirectoryName(app) ?? "/";
        var files = new List<(string Name, UnixFile.Stamp Stamp)>();
        foreach (var name in Names(folder).Prepend(Path.GetFileName(app)).Distinct())
        {
            if (UnixFile.TryStamp(Path.Combine(folder, name), out var stamp) && stamp is { } there)
            {
                files.Add((name, there));
            }
        }

        return new ReleaseFiles(folder, files);
    }

    /// <summary>Which files have been changed, replaced or deleted since; null for none.</summary>
    internal string? Change()
    {
        var changed = new List<string>();
        foreach (var (name, before) in _files)
        {
            // What cannot be looked at now is taken to be as it was.
            if (UnixFile.TryStamp(Path.Combine(_folder, name), out var now) && (now is null || now.Value.IsOtherThan(before)))
            {
                changed.Add(name);
            }
        }

        if (changed.Count == 0)
        {
            return null;
        }

        var more = changed.Count > MostNames ? $" and {changed.Count - MostNames} more" : "";
        return $"{string.Join(", ", changed.Take(MostNames))}{more} in '{_folder}'";
    }

    private static IEnumerable<string> Names(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder)
                .Take(MostEntries)
                .Select(path => Path.GetFileName(path))
                .Where(name => Array.Exists(Endings, ending => name.EndsWith(ending, StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
