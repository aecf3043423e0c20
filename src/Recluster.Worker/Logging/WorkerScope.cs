namespace Recluster.Logging;

/// <summary>Slot and generation, in the form that logging libraries take properties of a scope from.</summary>
internal sealed class WorkerScope : List<KeyValuePair<string, object>>
{
    internal WorkerScope(int slot, int generation) => AddRange([new("WorkerId", slot), new("Generation", generation)]);

    public override string ToString() => $"WorkerId:{this[0].Value}, Generation:{this[1].Value}";
}
