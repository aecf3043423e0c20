namespace Recluster.FunctionalTests.Support;

/// <summary>Tests that put the machine under load run one after the other, and with nothing else beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LoadCollection
{
    internal const string Name = "Load";
}
