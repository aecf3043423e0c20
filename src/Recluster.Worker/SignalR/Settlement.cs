using Recluster.Protocol;

namespace Recluster.SignalR;

/// <summary>
/// What a worker does when the successor in a slot that it serves is ready: it tells the clients that cannot stay to connect again, waits for those
/// that are in the midst of beginning, and then lets its master switch.
/// </summary>
internal sealed class Settlement(
    Succession succession, Negotiations negotiations, HubConnections hubConnections, Lazy<MessageChannel> channel, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private bool _isRunning;

    /// <summary>To be called when the master says that a switch is near.</summary>
    internal void Begin()
    {
        lock (_gate)
        {
            if (!_isRunning && succession.Near.Any())
            {
                _isRunning = true;
                _ = RunAsync();
            }
        }
    }

    private async Task RunAsync()
    {
        int[] told = [];
        int[] said = [];
        while (Next() is { } near)
        {
            _ = hubConnections.LeaveAsync([.. near.Except(told)]);
            told = near;
            int[] settled = [.. near.Where(slot => said.Contains(slot) || (negotiations.AreDone(slot) && !hubConnections.HasAny(slot)))];
            if (settled.Except(said).Any())
            {
                channel.Value.Send(new Message.Settled(settled));
            }

            said = settled;
            await Task.Delay(Interval, time);
        }
    }

    private int[]? Next()
    {
        lock (_gate)
        {
            int[] near = [.. succession.Near];
            _isRunning = near.Length > 0 && !succession.IsDraining;
            return _isRunning ? near : null;
        }
    }
}
