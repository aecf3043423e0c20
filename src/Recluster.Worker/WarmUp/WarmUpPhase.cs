namespace Recluster.WarmUp;

/// <summary>Whether this worker is warming up right now: then no request but its own can be in the process.</summary>
internal sealed class WarmUpPhase
{
    private volatile bool _isOn;

    internal bool IsOn { get => _isOn; set => _isOn = value; }
}
