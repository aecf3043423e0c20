using System.Globalization;
using Recluster.Lifecycle;
using Recluster.Platform;
using Recluster.Protocol;

namespace Recluster;

/// <summary>What this process is, cheap to ask before the host exists (from the first line of Program.cs).</summary>
public static class ReclusterProcess
{
    private static readonly WorkerEnvironment? Environment;
    private static readonly string? EnvironmentError;

    static ReclusterProcess()
    {
        EnvironmentError = EarlyStart.Error;
        if (EarlyStart.Worker is not { } environment)
        {
            return;
        }

        try
        {
            environment = Take(environment);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            EnvironmentError = e.Message;
            return;
        }

        AdoptFromMaster("LISTEN_PID", environment);
        AdoptFromMaster("SYSTEMD_EXEC_PID", environment);
        Environment = environment;
        Output = environment.OutputDescriptor is { } output ? new StandardOutput(output) : null;
    }

    /// <summary>True if a Recluster master started this process as a worker.</summary>
    public static bool IsWorker => Environment is not null;

    /// <summary>The slot of this worker (<c>WORKER_ID</c>), or null where this process is no worker.</summary>
    public static int? WorkerId => Environment?.Slot;

    /// <summary>The generation of this worker, or null where this process is no worker.</summary>
    public static int? Generation => Environment?.Generation;

    internal static WorkerEnvironment? WorkerEnvironment => Environment;

    /// <summary>Null where standard output is the master's own from the beginning.</summary>
    internal static StandardOutput? Output { get; }

    /// <summary>Why a process that was started as a worker cannot be one; null where there is nothing to complain of.</summary>
    internal static string? Error => EnvironmentError;

    /// <summary>Asks the master for the sockets and the rest that it shares.</summary>
    private static WorkerEnvironment Take(WorkerEnvironment environment)
    {
        var descriptors = DescriptorChannel.OpenFrom(environment.ChannelDescriptor)
            ?? throw new IOException(
                $"This process is to be worker {environment.WorkerId} of the Recluster master {environment.MasterProcessId}, but the control channel "
                + $"(descriptor {environment.ChannelDescriptor}) does not hold what the master put there. "
                + $"Another process that has inherited it may have taken it, or {DescriptorLimit.Reached()}.");
        return environment.With(descriptors.Take()) with { Descriptors = descriptors };
    }

    /// <summary>
    /// systemd names the process that a variable is meant for: the sockets that it hands over (LISTEN_PID, sd_listen_fds(3)) and the process that it
    /// started (SYSTEMD_EXEC_PID, systemd.exec(5)). What was meant for the master is meant for its workers too: libraries ask for their own
    /// process id, Kestrel's UseSystemd for the first and newer versions of the host's UseSystemd for the second.
    /// </summary>
    private static void AdoptFromMaster(string variable, WorkerEnvironment environment)
    {
        if (System.Environment.GetEnvironmentVariable(variable) == environment.MasterProcessId.ToString(CultureInfo.InvariantCulture))
        {
            System.Environment.SetEnvironmentVariable(variable, System.Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
    }
}
