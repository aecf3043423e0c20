using Microsoft.AspNetCore.Connections.Features;

namespace Recluster.SignalR;

/// <summary>A hub connection over long polling or server-sent events.</summary>
internal sealed class HubConnection(IConnectionLifetimeNotificationFeature lifetime, int slot, TimeProvider time)
{
    // A client that has just connected, or got its answer, most likely has its next call on the way, and what is on the way is lost.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    // A client that is never quiet would hold up the switch.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private volatile bool _isOver;
    private int _calls;
    private long _lastUse = time.GetTimestamp();

    /// <summary>The slot that its client belongs to.</summary>
    internal int Slot => slot;

    /// <summary>The client is gone.</summary>
    internal void End() => _isOver = true;

    /// <summary>A call of a method of the hub begins.</summary>
    internal void BeginCall() => Count(1);

    internal void EndCall() => Count(-1);

    /// <summary>
    /// Tells the client to connect again: SignalR sends its close message with allowReconnect, after what is to be sent already. Waits for a
    /// moment in which no call of its runs and none is likely to be on the way; for the latter 2 s at most.
    /// </summary>
    internal async Task LeaveAsync(Func<int, bool> isOver)
    {
        var began = time.GetTimestamp();
        while (!_isOver && !IsAtRest(isOver(slot) || time.GetElapsedTime(began) > Patience ? TimeSpan.Zero : Quiet))
        {
            await Task.Delay(Interval, time);
        }

        if (!_isOver)
        {
            lifetime.RequestClose();
        }
    }

    private bool IsAtRest(TimeSpan quiet)
    {
        lock (_gate)
        {
            return _calls == 0 && time.GetElapsedTime(_lastUse) >= quiet;
        }
    }

    private void Count(int change)
    {
        lock (_gate)
        {
            _calls += change;
            _lastUse = time.GetTimestamp();
        }
    }
}
