using System.Collections.Immutable;

namespace Recluster.Supervisor;

// Which endpoints a generation listens on. They are the same for all its workers, and change only with a reload: what its first worker asks for
// is reserved while the old generation serves, and what it does not listen on any more is given up when the reload is committed.
internal sealed partial class ClusterReducer
{
    private const string HowToAsk = "(Kestrel:Endpoints, --urls or ASPNETCORE_URLS, or ConfigureKestrel)";

    private void OnEndpointWanted(Input.EndpointWanted wanted)
    {
        if (!_state.Workers.TryGetValue(wanted.Worker, out var worker) || worker.Phase != ReclusterWorkerPhase.Starting)
        {
            return;
        }

        if (!IsOfPreparingReload(worker))
        {
            Refuse(worker, $"it asks for the endpoint {wanted.Name} {HowToAsk}, which generation {worker.Generation} does not listen on");
        }
        else if (IsRolling)
        {
            RollBack(RollingReason(worker, $"asks for the new endpoint {wanted.Name}"), [], []);
        }
        else if (_state.Reload!.HasStartedAgain)
        {
            RollBack(
                $"The new worker of slot {worker.Slot} (pid {worker.ProcessId}) asks for the endpoint {wanted.Name} {HowToAsk}, which no start before "
                + "it has asked for. All workers have to listen on the same endpoints: do not choose a port anew in each process.",
                [],
                []);
        }
        else
        {
            Update(worker with { LacksEndpoints = true });
            _effects.Add(new Effect.ReserveEndpoint(worker.Id, wanted.Key));
        }
    }

    private void OnEndpointReserved(Input.EndpointReserved reserved)
    {
        if (reserved.Error is { } error)
        {
            if (_state.Workers.TryGetValue(reserved.Worker, out var worker) && IsOfPreparingReload(worker))
            {
                RollBack($"The new worker of slot {worker.Slot} (pid {worker.ProcessId}) asks for an endpoint that cannot be had {HowToAsk}. {error}", [], []);
            }
        }
        else if (!IsPreparing)
        {
            KeepEndpoints(); // Its reload has been rolled back meanwhile.
        }
    }

    private void OnListening(Input.Listening listening)
    {
        if (!_state.Workers.TryGetValue(listening.Worker, out var worker) || worker.Phase != ReclusterWorkerPhase.Starting)
        {
            return;
        }

        ImmutableArray<string> endpoints = [.. listening.Endpoints.Order(StringComparer.Ordinal)];
        if (!IsOfPreparingReload(worker))
        {
            if (_state.Endpoints is not { } serving)
            {
                _state = _state with { Endpoints = endpoints };
            }
            else if (!endpoints.SequenceEqual(serving))
            {
                Refuse(worker, $"it listens on {Names(endpoints)} {HowToAsk}, while generation {worker.Generation} listens on {Names(serving)}");
            }
        }
        else if (worker.LacksEndpoints)
        {
            _state = _state with { Reload = _state.Reload! with { HasStartedAgain = true } };
            Kill(worker, KillReason.StartsAgain);
        }
        else if (_state.Reload!.Endpoints is { } others && !endpoints.SequenceEqual(others))
        {
            RollBack(
                $"The new worker of slot {worker.Slot} (pid {worker.ProcessId}) listens on {Names(endpoints)} {HowToAsk}, another one of the same generation on "
                + $"{Names(others)}. Was a file saved while the reload ran? Reload again.",
                [],
                []);
        }
        else if (IsRolling && _state.Endpoints is { } before && !endpoints.SequenceEqual(before))
        {
            RollBack(RollingReason(worker, $"listens on {Names(endpoints)} instead of {Names(before)}"), [], []);
        }
        else
        {
            _state = _state with { Reload = _state.Reload with { Endpoints = endpoints } };
        }
    }

    /// <summary>Whatever starts just now is the most likely to have done it.</summary>
    private void OnSocketFileLost(string reason)
    {
        if (_state.Phase == ClusterPhase.Starting)
        {
            Fail(new StartFailure(reason, []));
        }
        else if (IsPreparing)
        {
            RollBack(reason, [], []);
        }
        else if (_state.Phase == ClusterPhase.Running)
        {
            _effects.Add(new Effect.RebindFiles());
        }
    }

    /// <summary>The reload is committed: what its generation does not listen on is given up, before the old workers lose their slots.</summary>
    private void SwitchEndpoints()
    {
        if (_state.Reload?.Endpoints is { } endpoints)
        {
            _state = _state with { Endpoints = endpoints };
            KeepEndpoints();
        }
    }

    private void KeepEndpoints()
    {
        if (_state is { Phase: ClusterPhase.Starting or ClusterPhase.Running, Endpoints: { } endpoints })
        {
            _effects.Add(new Effect.KeepEndpoints(endpoints));
        }
    }

    /// <summary>What is on disk now asks for other endpoints than those of the generation that a worker was started for.</summary>
    private void Refuse(WorkerState worker, string what)
    {
        var remedy = _state.Phase == ClusterPhase.Starting
            ? "the master and all workers have to listen on the same endpoints"
            : "the configuration or the build has changed since: a reload brings the change in";
        Update(worker with { Refusal = $"{Protocol.FreeText.Cut(what)}; {remedy}" });
        Kill(_state.Workers[worker.Id], KillReason.Refused);
        if (_state.Phase == ClusterPhase.Running && NobodyServes)
        {
            OnReloadRequested(new Input.ReloadRequested(null)); // No generation is left that could go on with the old endpoints.
        }
    }

    private string RollingReason(WorkerState worker, string what) =>
        $"The new worker of slot {worker.Slot} (pid {worker.ProcessId}) {what} {HowToAsk}. Slot by slot (MaxSurge {Settings.MaxSurge}) endpoints cannot change, since "
        + "old and new workers would serve different ones: restart the app, or set MaxSurge to the number of workers.";

    private static string Names(ImmutableArray<string> keys) =>
        keys.IsEmpty ? "none" : string.Join(", ", keys.Select(Protocol.EndpointKey.Describe));
}
