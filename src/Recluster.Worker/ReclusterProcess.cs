using System.Globalization;
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
        var worker = System.Environment.GetEnvironmentVariable(WorkerEnvironment.WorkerVariable);
        if (worker is null || !OperatingSystem.IsLinux())
        {
            return;
        }

        var host = System.Environment.GetEnvironmentVariable(HostFacts.Variable);

        // Removed at once, so that no process this one starts takes itself for a worker.
        System.Environment.SetEnvironmentVariable(WorkerEnvironment.WorkerVariable, null);
        System.Environment.SetEnvironmentVariable(HostFacts.Variable, null);
        _ = Libc.RemoveFromNativeEnvironment(WorkerEnvironment.WorkerVariable);
        _ = Libc.RemoveFromNativeEnvironment(HostFacts.Variable);
        if (!WorkerEnvironment.TryParse(worker, out var environment, out EnvironmentError))
        {
            return;
        }

        // An environment that came down through a process between (a shell, a tool) is not meant for this one. If the master
        // died meanwhile this process has been handed to another parent: it is still a worker, with an end-of-file waiting.
        if (Libc.GetParentProcessId() != environment!.MasterProcessId && !ChannelIsOurs(environment))
        {
            return;
        }

        // A process that this one has started before has the control channel too. It has nothing else, and whatever comes from here on is
        // closed on exec from the first moment.
        Libc.SetCloseOnExec(environment.ChannelDescriptor);
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
        Environment = environment with { Host = HostFacts.Parse(host) };
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

    private static bool ChannelIsOurs(WorkerEnvironment environment)
    {
        try
        {
            // Only a process started by the master itself holds the socket: everything in between had it closed on exec.
            var target = File.ResolveLinkTarget(
                "/proc/self/fd/" + environment.ChannelDescriptor.ToString(CultureInfo.InvariantCulture), returnFinalTarget: false);
            return target?.Name.StartsWith("socket:", StringComparison.Ordinal) == true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
