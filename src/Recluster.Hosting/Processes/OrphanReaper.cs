using System.Globalization;

namespace Recluster.Processes;

/// <summary>
/// Takes away zombies that nobody else will: as PID 1 of a container, or as a child subreaper (prctl(2)), this process inherits the
/// processes that its workers started and left behind. A handler of SIGCHLD would be no way to do it: with one the .NET runtime as PID 1
/// takes every zombie, those of the workers included, and before Linux 6.15 their exit codes are lost.
/// </summary>
internal sealed class OrphanReaper : IDisposable
{
    // A zombie that somebody waits for is taken within milliseconds. One that is seen at two looks is nobody's.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Func<int, bool> _isAwaited;
    private readonly ITimer _timer;
    private HashSet<int> _seen = [];

    /// <param name="isAwaited">Whether somebody in this process waits for the child.</param>
    /// <param name="time">The clock.</param>
    private OrphanReaper(Func<int, bool> isAwaited, TimeProvider time)
    {
        _isAwaited = isAwaited;
        _timer = time.CreateTimer(_ => Look(), null, Interval, Interval);
    }

    /// <summary>Null where another process inherits the orphans.</summary>
    internal static OrphanReaper? StartWhereNeeded(Func<int, bool> isAwaited, TimeProvider time) =>
        Environment.ProcessId == 1 || Native.IsChildSubreaper() ? new OrphanReaper(isAwaited, time) : null;

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var zombies = Native.HasZombie() ? Zombies() : [];
        foreach (var zombie in zombies.Where(_seen.Contains).ToArray())
        {
            Native.Reap(zombie);
            zombies.Remove(zombie);
        }

        _seen = zombies;
    }

    private HashSet<int> Zombies()
    {
        var own = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var found = new HashSet<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
                && IsZombieOf(folder, own) && !_isAwaited(processId))
            {
                found.Add(processId);
            }
        }

        return found;
    }

    private static bool IsZombieOf(string folder, string parent)
    {
        try
        {
            // State and parent stand after the name in parentheses, which may hold anything.
            var stat = File.ReadAllText(folder + "/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ', 3) is ["Z", var of, ..] && of == parent;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // Gone meanwhile.
        }
    }
}
