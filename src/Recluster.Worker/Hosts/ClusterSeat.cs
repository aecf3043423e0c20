namespace Recluster.Hosts;

/// <summary>
/// A process has one cluster at a time: the first host with AddRecluster that starts has the seat, from its start until it has stopped.
/// The rule is the same in the master and in its workers, since both run the same Program.cs.
/// </summary>
internal sealed class ClusterSeat
{
    private readonly Lock _gate = new();
    private object? _holder;
    private List<Action> _whenLeft = [];

    internal static ClusterSeat OfThisProcess { get; } = new();

    /// <summary>True if the seat was taken once and nobody has it now.</summary>
    internal bool IsLeft { get; private set; }

    /// <summary>False if another host has it.</summary>
    internal bool TryTake(object host)
    {
        lock (_gate)
        {
            if (_holder is not null && _holder != host)
            {
                return false;
            }

            _holder = host;
            IsLeft = false;
            return true;
        }
    }

    /// <summary>False, and nothing happens, if the host does not have the seat.</summary>
    internal bool Leave(object host)
    {
        List<Action> actions;
        lock (_gate)
        {
            if (_holder != host)
            {
                return false;
            }

            _holder = null;
            IsLeft = true;
            (actions, _whenLeft) = (_whenLeft, []);
        }

        actions.ForEach(action => action());
        return true;
    }

    /// <summary>Calls back once, when the seat is left; at once if nobody has it.</summary>
    internal void WhenLeft(Action action)
    {
        lock (_gate)
        {
            if (_holder is not null)
            {
                _whenLeft.Add(action);
                return;
            }
        }

        action();
    }
}
