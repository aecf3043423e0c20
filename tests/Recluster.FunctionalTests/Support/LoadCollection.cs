namespace Recluster.FunctionalTests.Support;

/// <summary>Tests that put the machine under full load, or have short limits that a busy machine would exceed, run one after the other, and with nothing else beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LoadCollection
{
    internal const string Name = "Load";
}
