using System.Runtime.Versioning;
using Recluster.Processes;

namespace Recluster.Releases;

/// <summary>
/// What a generation runs: executable, DLL and working directory with all links resolved at its first start. A link that is switched later
/// changes nothing for it. Where a copy is kept, executable and DLL are those of the copy.
/// </summary>
internal sealed class PinnedRelease : IAsyncDisposable
{
    private readonly CancellationTokenSource _forgotten = new();
    private string[] _paths;
    private Task<string?> _copying = Task.FromResult<string?>(null);

    private PinnedRelease(int generation, LaunchCommand command)
    {
        Generation = generation;
        Command = command;
        Folder = Path.GetDirectoryName(command.App) ?? "/";
        Files = ReleaseFiles.Record(command.App);
        _paths = PathsOf(command);
    }

    internal int Generation { get; }

    /// <summary>How its workers are started.</summary>
    internal LaunchCommand Command { get; private set; }

    /// <summary>The folder of the app's DLL or executable.</summary>
    internal string Folder { get; }

    /// <summary>The copy of that folder which its workers run, if one is kept.</summary>
    internal string? Copy { get; private set; }

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
                + "and the old workers have ended. A reload starts the release that is there now; with Recluster:KeepRelease a copy of it is kept");
        }
    }

    /// <summary>Copies the app's folder, once. Null, or why it could not be copied and what to do.</summary>
    [SupportedOSPlatform("linux")]
    internal Task<string?> CopyAsync(ReleaseCopies copies, TimeSpan timeout, TimeProvider time) =>
        _copying = Task.Run(() => MakeCopy(copies, timeout, time));

    /// <summary>Ends the copying, if it goes on, and deletes what is there. No process runs from it any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _forgotten.CancelAsync();
        await ((Task)_copying).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // What went wrong has been said to whom it was for.
        if (Copy is { } copy)
        {
            await Task.Run(() => ReleaseCopies.Delete(copy));
        }

        _forgotten.Dispose();
    }

    [SupportedOSPlatform("linux")]
    private string? MakeCopy(ReleaseCopies copies, TimeSpan timeout, TimeProvider time)
    {
        string? copy = null;
        using var tooLong = new CancellationTokenSource(timeout, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(tooLong.Token, _forgotten.Token);
        string reason;
        try
        {
            copy = copies.MakeFolder(Generation);
            new FolderCopy(Folder, copy).Make(copies.Holds, end.Token);
            if (Files.Change() is not { } change)
            {
                Command = Command.Moved(Folder, copy);
                _paths = PathsOf(Command);
                Copy = copy;
                return null;
            }

            reason = $"Files were changed while it was copied: {change}. Reload again when the deploy has ended.";
        }
        catch (OperationCanceledException)
        {
            reason = tooLong.IsCancellationRequested
                ? $"It took longer than StartTimeout ({timeout}). Keep data out of that folder, or raise Recluster:StartTimeout."
                : "It is not needed any more.";
        }
        catch (UnauthorizedAccessException e)
        {
            reason = $"{e.Message} Let this user read all of the first, and name a folder that it may write to in Recluster:KeepReleaseFolder.";
        }
        catch (IOException e)
        {
            reason = $"{e.Message}{FolderCopy.Room(Folder, copies.Root)} Make room there, or name another folder in Recluster:KeepReleaseFolder.";
        }

        if (copy is not null)
        {
            ReleaseCopies.Delete(copy);
        }

        return $"The folder '{Folder}' could not be copied into '{copies.Root}' (Recluster:KeepRelease). {reason}";
    }

    private static string[] PathsOf(LaunchCommand command) =>
        [.. new[] { command.WorkingDirectory, command.Program, command.App }.Distinct().Where(Path.Exists)];
}
