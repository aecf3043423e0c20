namespace Recluster.Processes;

/// <summary>A file as it stands in the command, and the file that was found there when this process was started.</summary>
internal sealed record TypedFile(string Typed, string Real)
{
    internal bool IsAt(string folder) => LinkedPath.Real(Path.Combine(folder, Typed)) == Real;

    /// <summary>Of "bin/App.dll", which leads to "/srv/app/bin/App.dll": "/srv/app". Null where links or dots are between.</summary>
    internal string? Above()
    {
        var end = "/" + (Typed.StartsWith("./", StringComparison.Ordinal) ? Typed[2..] : Typed);
        return Real.EndsWith(end, StringComparison.Ordinal) ? Real[..^end.Length] : null;
    }
}
