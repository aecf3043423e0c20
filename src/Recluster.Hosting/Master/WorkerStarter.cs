using System.Globalization;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;
using Recluster.Platform;
using Recluster.Processes;
using Recluster.Protocol;
using Recluster.Releases;

namespace Recluster.Master;

/// <summary>A worker is this same app, started in the same way, with the worker environment. It asks for the sockets itself.</summary>
internal sealed class WorkerStarter(
    IProcessLauncher launcher,
    GenerationReleases releases,
    ClusterSockets sockets,
    ReclusterOptions options,
    HostFacts host,
    TimeProvider time,
    ILogger logger) : IWorkerStarter
{
    // What a service manager said to this process and to no other (sd_notify(3), sd_watchdog_enabled(3)).
    private static readonly string[] ForTheMasterAlone = ["NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"];

    private const string CurrentFolder = "PWD";
    private const string ResourceAttributes = "OTEL_RESOURCE_ATTRIBUTES";
    private const string InstanceId = "service.instance.id";

    private bool _hasSaidWhere;

    public IChildProcess Start(long worker, int slot, int generation)
    {
        SayWhere();
        sockets.Refresh();
        var command = releases.Of(generation).Command;
        var (sender, workersEnd) = DescriptorSender.Open(sockets.Shared, time);
        try
        {
            var process = launcher.Start(new ProcessStart(
                command.Program,
                command.Arguments,
                command.WorkingDirectory,
                channel => EnvironmentFor(command, new WorkerEnvironment(
                    Environment.ProcessId, worker, slot, generation, channel, ReclusterLimits.BeatInterval(options.HeartbeatTimeout), 0, [])))
            {
                SentFirst = workersEnd,
                RelaysOutput = sockets.SharesOutput,
                HoldsSignals = options.WorkerExecutable is null, // A script would start its own programs with them blocked.
                HoldsInput = StandardInput.IsOpen(),
            });
            _ = process.Exited.ContinueWith(_ => sender.Dispose(), TaskScheduler.Default);
            return process;
        }
        catch
        {
            sender.Dispose();
            throw;
        }
        finally
        {
            _ = Libc.Close(workersEnd); // It lives on in the control channel, and then in the worker.
        }
    }

    // Once, and before anything can go wrong: a folder that a deploy leaves behind is noticed only much later.
    private void SayWhere()
    {
        if (_hasSaidWhere)
        {
            return;
        }

        _hasSaidWhere = true;
        var command = releases.Command;
        MasterLog.WorkersStartIn(logger, command.App, command.WorkingDirectory, command.Source);
        if (command.UnfollowedLink is { } link)
        {
            MasterLog.LinkNotFollowed(logger, command.WorkingDirectory, link);
        }
    }

    private Dictionary<string, string> EnvironmentFor(LaunchCommand command, WorkerEnvironment worker)
    {
        var variables = new Dictionary<string, string>(command.Environment, StringComparer.Ordinal);
        if (variables.ContainsKey(CurrentFolder))
        {
            variables[CurrentFolder] = command.WorkingDirectory; // The link that it went through may lead to another release by now.
        }

        foreach (var name in ForTheMasterAlone)
        {
            variables.Remove(name);
        }

        RuntimeDefaults.AddTo(variables, AppContext.GetData);
        foreach (var (name, value) in options.WorkerEnvironment)
        {
            if (string.IsNullOrEmpty(value))
            {
                variables.Remove(name);
            }
            else
            {
                variables[name] = value;
            }
        }

        NameForOpenTelemetry(variables, worker);
        variables[WorkerEnvironment.WorkerVariable] = worker.FormatWorker();
        variables[HostFacts.Variable] = host.Format();
        variables[WorkerEnvironment.SlotVariable] = worker.Slot.ToString(CultureInfo.InvariantCulture);
        return variables;
    }

    /// <summary>Workers are instances of one service (OpenTelemetry resource semantic conventions, service.instance.id).</summary>
    private static void NameForOpenTelemetry(Dictionary<string, string> variables, WorkerEnvironment worker)
    {
        var attributes = variables.GetValueOrDefault(ResourceAttributes, "");
        if (!attributes.Contains(InstanceId + "=", StringComparison.Ordinal))
        {
            var id = string.Create(
                CultureInfo.InvariantCulture, $"{Environment.MachineName}:{worker.MasterProcessId}:{worker.Slot}:{worker.WorkerId}");
            variables[ResourceAttributes] = (attributes.Length == 0 ? "" : attributes + ",") + $"{InstanceId}={id}";
        }
    }
}
