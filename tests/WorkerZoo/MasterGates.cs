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

    /// <summary>Zoo:EarlyCall: what every process asks of the cluster before its host has started.</summary>
    internal static async Task CallAsync(WebApplication app)
    {
        var cluster = app.Services.GetRequiredService<IReclusterControl>();
        switch (app.Configuration["Zoo:EarlyCall"])
        {
            case "Reload":
                var reload = await cluster.ReloadAsync();
                Console.Out.WriteLine($"early reload: {reload.Status}: {reload.Reason}");
                break;
            case "Scale":
                var scaling = await cluster.ScaleAsync(3);
                Console.Out.WriteLine($"early scaling: {scaling.Status}: {scaling.Reason}");
                break;
            case "Stop":
                await cluster.StopAsync();
                break;
            case "Terminate":
                await cluster.TerminateAsync();
                break;
        }
    }

    private static async Task WaitAsync(string? gate, string when)
    {
        if (gate is not null && !ReclusterProcess.IsWorker)
        {
            Console.Out.WriteLine($"the app waits {when}");
            await Gate.WaitAsync(gate);
        }
    }
}
