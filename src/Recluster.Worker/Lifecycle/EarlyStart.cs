using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using Recluster.Platform;
using Recluster.Protocol;

namespace Recluster.Lifecycle;

/// <summary>
/// The first thing that a worker does, before it asks the master for anything: it takes what was meant for it alone out of its environment,
/// takes its signals and begins to watch the master. The runtime runs this when it compiles the method that mentions the library, which for the usual Program.cs is
/// before its first line. So no process that Program.cs starts takes itself for a worker, or holds the control channel.
/// </summary>
internal static class EarlyStart
{
    static EarlyStart()
    {
        var worker = Environment.GetEnvironmentVariable(WorkerEnvironment.WorkerVariable);
        if (worker is null || !OperatingSystem.IsLinux())
        {
            return;
        }

        var host = Environment.GetEnvironmentVariable(HostFacts.Variable);
        foreach (var name in (ReadOnlySpan<string>)[WorkerEnvironment.WorkerVariable, HostFacts.Variable])
        {
            Environment.SetEnvironmentVariable(name, null);
            _ = Libc.RemoveFromNativeEnvironment(name);
        }

        Worker = Read(worker, host, out var error);
        Error = error;
        if (Worker is not null)
        {
            WorkerSignals.OfThisProcess.Take();
        }

        // Also in a process that took the environment from another one between: it has the blocked signals from there too.
        WorkerSignals.Unblock();
        if (Worker is not null)
        {
            Libc.SetCloseOnExec(Worker.ChannelDescriptor);
            Worker = Worker with { Watch = MasterWatch.Start(Worker.ChannelDescriptor) };
        }
    }

    /// <summary>What the environment says of this worker; null where this process is none.</summary>
    internal static WorkerEnvironment? Worker { get; }

    /// <summary>Why a process that was started as a worker cannot be one; null where there is nothing to complain of.</summary>
    internal static string? Error { get; }

    /// <summary>Runs the constructor above, if it has not run yet.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255:The 'ModuleInitializer' attribute should not be used in libraries", Justification = "No later moment is early enough.")]
    internal static void Begin()
    {
    }

    private static WorkerEnvironment? Read(string worker, string? host, out string? error)
    {
        if (!WorkerEnvironment.TryParse(worker, out var environment, out error))
        {
            return null;
        }

        // An environment that came down through a process between (a shell, a tool) is not meant for this one. If the master
        // died meanwhile this process has been handed to another parent: it is still a worker, with an end-of-file waiting.
        return Libc.GetParentProcessId() == environment!.MasterProcessId || ChannelIsOurs(environment)
            ? environment with { Host = HostFacts.Parse(host) }
            : null;
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
