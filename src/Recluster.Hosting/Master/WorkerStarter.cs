using System.Collections;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;
using Recluster.HandOver;
using Recluster.Platform;
using Recluster.Processes;
using Recluster.Protocol;
using Recluster.Sockets;

namespace Recluster.Master;

/// <summary>A worker is this same app, started in the same way, with the worker environment and the reserved sockets.</summary>
internal sealed class WorkerStarter(
    IProcessLauncher launcher, LaunchCommand command, MasterSockets sockets, ReclusterOptions options, ILogger logger) : IWorkerStarter, IDisposable
{
    // What a service manager said to this process and to no other (sd_notify(3), sd_watchdog_enabled(3)).
    private static readonly string[] ForTheMasterAlone = ["NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"];

    private const string ResourceAttributes = "OTEL_RESOURCE_ATTRIBUTES";
    private const string InstanceId = "service.instance.id";

    private readonly MemoryFile? _keyRing = MemoryFile.Create("recluster-keys");

    private bool _isOpen;
    private HandOverSockets? _handOver;

    public void Dispose()
    {
        _keyRing?.Dispose();
        _handOver?.Dispose();
    }

    public IChildProcess Start(long worker, int slot, int generation)
    {
        var endpoints = sockets.Endpoints;
        OpenHandOver(endpoints);
        int[] listening = [.. endpoints.SelectMany(endpoint => endpoint.Descriptors)];
        int[] handOver = [.. _handOver?.Descriptors.All ?? []];
        return launcher.Start(new ProcessStart(
            command.Resolve(),
            command.Arguments,
            command.WorkingDirectory,
            [.. listening, .. handOver, .. _keyRing is null ? (int[])[] : [_keyRing.Descriptor]],
            (channel, descriptors) => EnvironmentFor(new WorkerEnvironment(
                Environment.ProcessId,
                worker,
                slot,
                generation,
                channel,
                ReclusterLimits.BeatInterval(options.HeartbeatTimeout),
                _keyRing is null ? 0 : descriptors[^1],
                Renumber(endpoints, descriptors))
            {
                HandOver = _handOver?.Descriptors.Renumber([.. descriptors.Skip(listening.Length).Take(handOver.Length)]),
            })));
    }

    // With the first worker, when Kestrel has named its endpoints: a host without any needs none of this.
    private void OpenHandOver(IReadOnlyList<InheritedEndpoint> endpoints)
    {
        if (_isOpen || options.Balancing != Balancing.LeastConnections || endpoints.Count == 0)
        {
            return;
        }

        _isOpen = true;
        _handOver = HandOverSockets.Create(options.EffectiveMaxWorkers, out var error);
        if (error is not null)
        {
            MasterLog.HandOverRefused(logger, error);
        }
    }

    private static InheritedEndpoint[] Renumber(IReadOnlyList<InheritedEndpoint> endpoints, IReadOnlyList<int> descriptors)
    {
        var next = 0;
        return [.. endpoints.Select(endpoint => endpoint with
        {
            Descriptors = [.. endpoint.Descriptors.Select(_ => descriptors[next++])],
        })];
    }

    private Dictionary<string, string> EnvironmentFor(WorkerEnvironment worker)
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
        variables[WorkerEnvironment.SocketsVariable] = worker.FormatSockets();
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
