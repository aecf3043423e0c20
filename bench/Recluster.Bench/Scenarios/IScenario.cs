namespace Recluster.Bench.Scenarios;

/// <summary>One part of the instrument, and one section of the results.</summary>
internal interface IScenario
{
    /// <summary>The word that asks for it on the command line, and the name of its file of results.</summary>
    string Name { get; }

    /// <summary>The heading of its section.</summary>
    string Title { get; }

    /// <summary>Measures, and returns the section's text in Markdown.</summary>
    Task<string> RunAsync(BenchSettings settings, CancellationToken cancellationToken);
}
