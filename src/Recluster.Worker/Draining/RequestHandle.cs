namespace Recluster.Draining;

/// <summary>One request among those that share a <see cref="RunningRequest"/> one after the other.</summary>
internal readonly record struct RequestHandle(RunningRequest Request, long Number)
{
    internal bool IsRunning => Request.IsRunning(Number);

    internal bool IsLongLived => Request.IsLongLived(Number);

    /// <inheritdoc cref="RunningRequest.CloseAsync"/>
    internal Task<bool> CloseAsync(TimeProvider time) => Request.CloseAsync(Number, time);
}
