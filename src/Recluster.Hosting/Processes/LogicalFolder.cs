namespace Recluster.Processes;

/// <summary>
/// Finds the name that a folder has by the links that the app was started through. .NET resolves all links: behind a "current" link it knows only the
/// release. The name through the link stays the same from release to release.
/// </summary>
internal static class LogicalFolder
{
    /// <summary>The path through the links; <paramref name="physical"/> itself where no link is known.</summary>
    /// <param name="physical">A path as .NET has it.</param>
    /// <param name="command">How this process was started.</param>
    /// <param name="startFolder">What stands for the folder that it was started in.</param>
    internal static string Find(string physical, LaunchCommand command, string startFolder)
    {
        var path = Path.TrimEndingDirectorySeparator(physical);
        var (real, logical) = Known(command, startFolder)
            .Where(folder => LinkedPath.IsIn(path, folder.Real))
            .OrderByDescending(folder => folder.Real.Length)
            .ThenByDescending(folder => folder.Logical != folder.Real)
            .FirstOrDefault();
        if (real is null)
        {
            return path;
        }

        var rest = Path.GetRelativePath(real, path);
        return rest == "." ? logical : Path.Join(logical, rest);
    }

    /// <summary>Two folders are known by name: where the app was started, and where its program was said to be.</summary>
    private static IEnumerable<(string Real, string Logical)> Known(LaunchCommand command, string startFolder)
    {
        if (LinkedPath.Real(command.WorkingDirectory) is { } start)
        {
            yield return (start, Path.TrimEndingDirectorySeparator(startFolder));
        }

        // The program itself, or the DLL among the arguments of "dotnet".
        var program = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        foreach (var argument in command.Arguments.Prepend(command.Program).Where(argument => argument.Length > 0 && !argument.Contains('\0')))
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(argument, command.WorkingDirectory));
            if (folder is not null && LinkedPath.Real(folder) == program)
            {
                yield return (program, folder);
            }
        }
    }
}
