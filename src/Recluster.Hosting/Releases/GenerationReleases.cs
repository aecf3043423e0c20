using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;
using Recluster.Processes;

namespace Recluster.Releases;

/// <summary>
/// Pins each generation to the release that it begins with, and keeps a copy of that release where <see cref="ReclusterOptions.KeepRelease"/> is set.
/// Used by the master's loop alone; copies are made and deleted beside it.
/// </summary>
/// <param name="command">How workers are started, with links as they were typed.</param>
/// <param name="options">Whether and where copies are kept, and how long one may take.</param>
/// <param name="time">Measures that.</param>
/// <param name="logger">Where it is said what a generation runs.</param>
internal sealed class GenerationReleases(LaunchCommand command, ReclusterOptions options, TimeProvider time, ILogger logger) : IReleases, IDisposable
{
    private const string CopiesFolder = ".recluster";

    private readonly Dictionary<int, PinnedRelease> _releases = [];
    private readonly List<Task> _deletions = [];

    // By the folder that holds them: it may be another from release to release.
    private readonly Dictionary<string, ReleaseCopies> _copies = [];

    /// <summary>How workers are started, with links as they were typed.</summary>
    internal LaunchCommand Command => command;

    /// <summary>The release of this generation: at its first start the one that is there now.</summary>
    /// <exception cref="ProcessStartException">It is not there, or not any more.</exception>
    internal PinnedRelease Of(int generation)
    {
        if (_releases.TryGetValue(generation, out var known))
        {
            known.ThrowIfGone();
            return known;
        }

        var release = PinnedRelease.Pin(generation, command);
        _releases[generation] = release;
        if (release.Command.WorkingDirectory != command.WorkingDirectory
            || release.Command.App != Path.GetFullPath(command.App, command.WorkingDirectory))
        {
            MasterLog.GenerationRuns(logger, generation, release.Command.App, release.Command.WorkingDirectory);
        }

        return release;
    }

    [SupportedOSPlatform("linux")]
    public async Task<string?> KeepAsync(int generation)
    {
        try
        {
            var release = Of(generation);
            var root = options.KeepReleaseFolder is { Length: > 0 } folder
                ? Path.GetFullPath(folder, command.WorkingDirectory)
                : Path.Combine(Path.GetDirectoryName(release.Folder) ?? "/", CopiesFolder);
            if (!_copies.TryGetValue(root, out var copies))
            {
                _copies[root] = copies = new ReleaseCopies(root);
            }

            var error = await release.CopyAsync(copies, options.StartTimeout, time);
            if (error is null)
            {
                MasterLog.ReleaseKept(logger, generation, release.Folder, release.Copy!);
            }

            return error;
        }
        catch (ProcessStartException e)
        {
            return e.Message;
        }
    }

    public string? ChangeOf(int generation) => _releases.GetValueOrDefault(generation) is { Copy: null } release ? release.Files.Change() : null;

    public void Forget(int generation)
    {
        if (_releases.Remove(generation, out var release))
        {
            _deletions.RemoveAll(deletion => deletion.IsCompleted);
            _deletions.Add(release.DisposeAsync().AsTask());
        }
    }

    /// <summary>No process of a worker is left.</summary>
    public void Dispose()
    {
        Task.WaitAll([.. _deletions, .. _releases.Values.Select(release => release.DisposeAsync().AsTask())]);
        foreach (var copies in _copies.Values)
        {
            copies.Dispose();
        }
    }
}
