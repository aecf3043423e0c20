using Recluster;

namespace WorkerZoo;

/// <summary>
/// Holds the process that the user has started, master or single: Zoo:RunGate between the host's Build and its start, Zoo:EndGate after
/// the host has ended. Each goes on when the file of that name exists.
/// </summary>
internal static class MasterGates
{
    internal static Task BeforeRunAsync(IConfiguration configuration) => WaitAsync(configuration["Zoo:RunGate"], "before it runs");

    internal static Task AfterRunAsync(IConfiguration configuration) => WaitAsync(configuration["Zoo:EndGate"], "after it has run");

    private static async Task WaitAsync(string? gate, string when)
    {
        if (gate is not null && !ReclusterProcess.IsWorker)
        {
            Console.Out.WriteLine($"the app waits {when}");
            await Gate.WaitAsync(gate);
        }
    }
}
