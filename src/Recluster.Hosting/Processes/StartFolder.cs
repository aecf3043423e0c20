namespace Recluster.Processes;

/// <summary>
/// Where this process was started, spelled so that a deploy which switches a link moves the workers. The kernel knows a folder only with
/// its links resolved, and service managers set no $PWD, so each spelling is a guess that counts only if it leads to that very folder.
/// </summary>
/// <param name="Path">The folder, as it is looked up at each start of a worker.</param>
/// <param name="Source">What the spelling was taken from, in words.</param>
/// <param name="UnfollowedLink">A link that leads to the folder, or that the command goes through, and that the spelling does not have.</param>
internal sealed record StartFolder(string Path, string Source, string? UnfollowedLink = null)
{
    /// <summary>Where to start instead if the path should lead nowhere: set where the link was found and not named by anybody.</summary>
    internal string? Otherwise { get; init; }

    /// <param name="origin">How the process was started.</param>
    /// <param name="program">The program and the DLL as typed, each with what it leads to.</param>
    internal static StartFolder Find(ProcessOrigin origin, IReadOnlyList<TypedFile> program)
    {
        var folder = RealFolder(origin, program);
        var app = program[^1];
        var typed = System.IO.Path.Combine(folder, app.Typed);
        var shell = origin.Environment.GetValueOrDefault("PWD");
        var byShell = shell is ['/', ..] && LinkedPath.Real(shell) == folder ? shell : null;
        var byCommand = LinkedPath.Respell(folder, typed);
        if (byCommand is not null && (byShell is null || LinkedPath.LinksOn(byCommand).Except(LinkedPath.LinksOn(byShell)).Any()))
        {
            return new StartFolder(byCommand, "the path of the program"); // The program and its folder are then switched by the same link.
        }

        if (byShell is not null && byShell != folder)
        {
            return Checked(new StartFolder(byShell, "$PWD"), folder, app, typed);
        }

        var near = LinkedPath.LinksNear(folder);
        if (byShell is null && near is [var link])
        {
            return new StartFolder(LinkedPath.Respell(folder, link)!, "the only link near it, since neither $PWD nor the command names the folder") { Otherwise = folder };
        }

        return Checked(new StartFolder(folder, byShell is null ? "the process itself" : "$PWD", near.Count > 0 ? near[0] : null), folder, app, typed);
    }

    /// <summary>The first known folder from which the relative paths of the command lead to what runs.</summary>
    private static string RealFolder(ProcessOrigin origin, IReadOnlyList<TypedFile> program)
    {
        var relative = program.Where(file => !System.IO.Path.IsPathRooted(file.Typed)).ToArray();
        foreach (var folder in (string?[])[origin.Folder, origin.Environment.GetValueOrDefault("PWD"), origin.ParentFolder, .. relative.Select(file => file.Above())])
        {
            if (folder is ['/', ..] && relative.All(file => file.IsAt(folder)) && LinkedPath.Real(folder) is { } real)
            {
                return real;
            }
        }

        return LinkedPath.Real(origin.Folder) ?? origin.Folder;
    }

    /// <summary>Notes a link of the command that the folder does not have, if the folder is a part of what the link leads to.</summary>
    private static StartFolder Checked(StartFolder found, string folder, TypedFile app, string typed) =>
        LinkedPath.IsIn(folder, System.IO.Path.GetDirectoryName(app.Real) ?? "/")
            && LinkedPath.LinksOn(typed).Except(LinkedPath.LinksOn(found.Path)).FirstOrDefault() is { } link
            ? found with { UnfollowedLink = link }
            : found;
}
