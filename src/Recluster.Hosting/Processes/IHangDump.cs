namespace Recluster.Processes;

/// <summary>Writes a dump of a hung worker.</summary>
internal interface IHangDump
{
    /// <summary>Completes when the dump is there or cannot be had, which it logs. It does not throw.</summary>
    /// <param name="processId">The worker's.</param>
    /// <param name="killed">The worker is killed: what is written of the dump until then is removed.</param>
    Task TakeAsync(int processId, CancellationToken killed);
}
