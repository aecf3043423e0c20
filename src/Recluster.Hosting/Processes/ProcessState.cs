namespace Recluster.Processes;

/// <summary>What a process is doing, as the kernel says it (proc_pid_status(5)).</summary>
internal static class ProcessState
{
    /// <summary>For example "D (disk sleep)".</summary>
    internal static string Describe(int processId)
    {
        const string State = "State:";
        try
        {
            return File.ReadLines(FormattableString.Invariant($"/proc/{processId}/status"))
                .FirstOrDefault(line => line.StartsWith(State, StringComparison.Ordinal))?[State.Length..].Trim() ?? "unknown";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }
}
