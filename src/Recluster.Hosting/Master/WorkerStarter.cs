using System.Collections;
using System.Globalization;
using Recluster.Processes;
using Recluster.Protocol;
using Recluster.Sockets;

namespace Recluster.Master;

/// <summary>A worker is this same app, started in the same way, with the worker environment and the reserved sockets.</summary>
internal sealed class WorkerStarter(IProcessLauncher launcher, LaunchCommand command, MasterSockets sockets) : IWorkerStarter
{
    // What a service manager said to this process and to no other (sd_notify(3), sd_listen_fds(3)).
    private static readonly string[] ForTheMasterAlone =
        ["NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"];

    public IChildProcess Start(long worker, int slot, int generation)
    {
        var endpoints = sockets.Endpoints;
        return launcher.Start(new ProcessStart(
            command.Resolve(),
            command.Arguments,
            command.WorkingDirectory,
            [.. endpoints.SelectMany(endpoint => endpoint.Descriptors)],
            (channel, descriptors) => EnvironmentFor(new WorkerEnvironment(
                Environment.ProcessId, worker, slot, generation, channel, Renumber(endpoints, descriptors)))));
    }

    private static InheritedEndpoint[] Renumber(IReadOnlyList<InheritedEndpoint> endpoints, IReadOnlyList<int> descriptors)
    {
        var next = 0;
        return [.. endpoints.Select(endpoint => endpoint with
        {
            Descriptors = [.. endpoint.Descriptors.Select(_ => descriptors[next++])],
        })];
    }

    private static Dictionary<string, string> EnvironmentFor(WorkerEnvironment worker)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        foreach (var name in ForTheMasterAlone)
        {
            variables.Remove(name);
        }

        variables[WorkerEnvironment.WorkerVariable] = worker.FormatWorker();
        variables[WorkerEnvironment.SocketsVariable] = worker.FormatSockets();
        variables[WorkerEnvironment.SlotVariable] = worker.Slot.ToString(CultureInfo.InvariantCulture);
        return variables;
    }
}
