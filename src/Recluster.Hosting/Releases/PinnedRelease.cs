using Recluster.Processes;

namespace Recluster.Releases;

/// <summary>
/// What a generation runs: executable, DLL and working directory with all links resolved at its first start. A link that is switched later
/// changes nothing for it.
/// </summary>
internal sealed class PinnedRelease
{
    private readonly string[] _paths;

    private PinnedRelease(int generation, LaunchCommand command)
    {
        Generation = generation;
        Command = command;
        Files = ReleaseFiles.Record(command.App);
        _paths = [.. new[] { command.WorkingDirectory, command.Program, command.App }.Distinct().Where(Path.Exists)];
    }

    internal int Generation { get; }

    /// <summary>How its workers are started.</summary>
    internal LaunchCommand Command { get; }

    /// <summary>Its code as it was then.</summary>
    internal ReleaseFiles Files { get; }

    /// <exception cref="ProcessStartException">The executable or the working directory is not there.</exception>
    internal static PinnedRelease Pin(int generation, LaunchCommand command) => new(generation, command.Pin());

    /// <exception cref="ProcessStartException">It is not there any more.</exception>
    internal void ThrowIfGone()
    {
        if (Array.Find(_paths, path => !Path.Exists(path)) is { } gone)
        {
            throw new ProcessStartException(
                $"'{gone}' does not exist any more, and generation {Generation} runs from there. Keep a release until a reload to the next one has succeeded "
                + "and the old workers have ended. A reload starts the release that is there now");
        }
    }
}
