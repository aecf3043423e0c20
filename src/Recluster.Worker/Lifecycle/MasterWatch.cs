using Recluster.Platform;

namespace Recluster.Lifecycle;

/// <summary>
/// Ends a worker whose master has ended, where it does not end by itself. A thread waits for the end of the control channel: the host that
/// listens to the channel may not run yet, and the thread pool that it needs may be starved. A worker that stayed would hold the app's address.
/// </summary>
internal sealed class MasterWatch
{
    // Twice as long as an orphan of an idle pool needs by far; a pool that is still busy then is taken for starved.
    private static readonly TimeSpan LongestWithoutStop = TimeSpan.FromSeconds(5);

    // What the stop of a worker takes beside the app's ShutdownTimeout, and Program.cs behind its last line of the host.
    private static readonly TimeSpan BesideShutdown = TimeSpan.FromSeconds(10);

    private readonly TimeSpan _longestWithoutStop;
    private readonly Action _end;
    private readonly TaskCompletionSource _stopBegan = new();
    private readonly TaskCompletionSource _never = new();
    private volatile bool _isStarted;
    private TimeSpan _longestStop = Timeout.InfiniteTimeSpan;

    private MasterWatch(TimeSpan longestWithoutStop, Action end) => (_longestWithoutStop, _end) = (longestWithoutStop, end);

    /// <param name="channel">The control channel. It stays the caller's.</param>
    internal static MasterWatch Start(int channel) => Start(channel, LongestWithoutStop, () => Libc.EndThisProcess(1));

    internal static MasterWatch Start(int channel, TimeSpan longestWithoutStop, Action end)
    {
        // A descriptor of its own: the number of the other one may be somebody else's when the channel has been closed.
        var copy = Libc.Duplicate(channel);
        var watch = new MasterWatch(longestWithoutStop, end);
        new Thread(() => watch.Run(copy >= 0 ? copy : channel), maxStackSize: 256 * 1024) { IsBackground = true, Name = "recluster master" }.UnsafeStart();
        return watch;
    }

    /// <summary>The host has started: from now on a worker whose master has ended stops as an app does, instead of ending at once.</summary>
    internal void ReportStarted() => _isStarted = true;

    /// <summary>The worker has noticed the end of the channel and begins to stop.</summary>
    /// <param name="shutdownTimeout">The app's ShutdownTimeout.</param>
    internal void ReportStop(TimeSpan shutdownTimeout)
    {
        if (!_stopBegan.Task.IsCompleted && shutdownTimeout >= TimeSpan.Zero && shutdownTimeout < TimeSpan.FromDays(10))
        {
            _longestStop = (shutdownTimeout * 1.5) + BesideShutdown;
        }

        _stopBegan.TrySetResult();
    }

    private void Run(int channel)
    {
        Libc.WaitForHangUp(channel);
        if (_isStarted && _stopBegan.Task.Wait(_longestWithoutStop))
        {
            _never.Task.Wait(_longestStop);
        }

        _end();
    }
}
