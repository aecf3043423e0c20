using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;
using Recluster.Processes;

namespace Recluster.Releases;

/// <summary>Pins each generation to the release that it begins with. Used by the master's loop alone.</summary>
/// <param name="command">How workers are started, with links as they were typed.</param>
/// <param name="logger">Where it is said what a generation runs.</param>
internal sealed class GenerationReleases(LaunchCommand command, ILogger logger) : IReleases
{
    private readonly Dictionary<int, PinnedRelease> _releases = [];

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

    public string? ChangeOf(int generation) => _releases.GetValueOrDefault(generation)?.Files.Change();

    public void Forget(int generation) => _releases.Remove(generation);
}
