namespace Recluster.Supervisor;

/// <summary>How a process ended, as waitid tells it.</summary>
/// <param name="ExitCode">Its exit code, or null if a signal ended it.</param>
/// <param name="Signal">The signal that ended it, or null.</param>
/// <param name="Error">Why it could not be started in the first place, or null.</param>
/// <param name="OutOfMemory">Whether the cgroup counted a kill for want of memory shortly before; null if it cannot be told.</param>
internal readonly record struct ExitStatus(int? ExitCode, int? Signal, string? Error = null, bool? OutOfMemory = null)
{
    internal static ExitStatus Exited(int code) => new(code, null);

    internal static ExitStatus Signaled(int signal) => new(null, signal);

    /// <summary>The process is still there long after it was killed, and is no longer waited for.</summary>
    internal static ExitStatus NotKilled { get; } = new(null, null) { IsAlive = true };

    internal bool IsAlive { get; private init; }

    internal static ExitStatus NotStarted(string error) => new(null, null, Protocol.FreeText.Line(error));
}
