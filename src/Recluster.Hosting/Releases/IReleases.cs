namespace Recluster.Releases;

/// <summary>The release that each generation runs, as the master's loop sees it.</summary>
internal interface IReleases
{
    /// <summary>Copies the release of this generation, which is to start. Null, or why that failed and what to do.</summary>
    Task<string?> KeepAsync(int generation);

    /// <summary>Which files of the generation's release have been changed since it began; null for none, or if it is not known.</summary>
    string? ChangeOf(int generation);

    /// <summary>The generation neither serves nor has a process any more.</summary>
    void Forget(int generation);
}
