using System.Text.Json;
using System.Text.Json.Serialization;

namespace Recluster.Protocol;

/// <summary>The cluster at one moment, immutable: what the master publishes and a worker's <see cref="IReclusterControl"/> reads.</summary>
internal sealed record ClusterSnapshot(
    int Generation, int Slots, IReadOnlyList<ReclusterWorkerInfo> Workers, bool IsStopping = false)
{
    /// <summary>Slots whose worker is about to be replaced by one that is ready, and is asked to settle its clients. Null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Switching { get; init; }

    internal static readonly ClusterSnapshot Empty = new(0, 0, []);

    private IReadOnlyList<ReclusterWorkerInfo?>? _active;

    /// <summary>What goes to the workers in a message of its own.</summary>
    [JsonIgnore]
    internal ClusterReport Report { get; init; } = ClusterReport.Empty;

    [JsonIgnore]
    internal IReadOnlyList<ReclusterWorkerInfo?> ActiveWorkers
    {
        get
        {
            if (_active is null)
            {
                var active = new ReclusterWorkerInfo?[Slots];
                foreach (var worker in Workers)
                {
                    if (worker is { Phase: ReclusterWorkerPhase.Active, IsDeaf: false } && worker.Slot < Slots)
                    {
                        active[worker.Slot] = worker;
                    }
                }

                _active = Array.AsReadOnly(active);
            }

            return _active;
        }
    }

    internal string ToJson() => JsonSerializer.Serialize(this, ProtocolJson.Default.ClusterSnapshot);

    internal static ClusterSnapshot FromJson(string json) =>
        JsonSerializer.Deserialize(json, ProtocolJson.Default.ClusterSnapshot) ?? Empty;
}
