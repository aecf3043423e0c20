namespace Recluster.Master;

/// <summary>
/// The supervisor's time. It passes only while the master can see what happens: a time in which the process was stopped, or not scheduled, is left out.
/// So no deadline runs out in a pause (SIGSTOP, docker pause, a suspended virtual machine), and what workers did meanwhile is read before it is judged.
/// </summary>
internal sealed class AttendedTime
{
    /// <summary>While a deadline is ahead, the loop looks at the clock this often. A pause is measured as exactly as that.</summary>
    internal static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(500);

    /// <summary>A loop that is late by more than this did not see the time.</summary>
    internal static readonly TimeSpan Punctuality = TimeSpan.FromMilliseconds(250);

    private TimeSpan _looked;
    private TimeSpan _awaited;
    private TimeSpan _unseen;

    /// <summary>What the clock shows has been seen now. Gives the supervisor's time.</summary>
    internal TimeSpan Look(TimeSpan clock)
    {
        if (clock - _awaited > Punctuality)
        {
            // Half of the sleep is left out too: so a deadline at its end is not over yet, and there is time to read what waits. The other half
            // counts, so that time passes even where the loop is always late.
            _unseen += clock - _awaited + ((_awaited - _looked) / 2);
        }

        (_looked, _awaited) = (clock, clock);
        return clock - _unseen;
    }

    /// <summary>The loop looks again after this time.</summary>
    internal void Sleep(TimeSpan time) => _awaited = _looked + time;
}
