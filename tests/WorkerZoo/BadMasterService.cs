using Recluster;

namespace WorkerZoo;

/// <summary>
/// A service once per cluster that fails as Zoo:MasterService says: StartThrows and ExecuteThrows until the file Zoo:Gate exists,
/// ExecuteThrowsAtGate once it exists, Completes, HangsInStart, HangsInStop, StopsInStart, ReloadsInStart (waits for the answer).
/// Zoo:MasterServiceTwice registers it as an ordinary one, too.
/// </summary>
internal sealed class BadMasterService(IConfiguration configuration, IReclusterControl cluster) : BackgroundService
{
    private static int runs;

    private readonly string _how = configuration["Zoo:MasterService"]!;
    private readonly string _gate = configuration["Zoo:Gate"] ?? "";

    internal static void Add(WebApplicationBuilder builder)
    {
        if (builder.Configuration["Zoo:MasterService"] is null)
        {
            return;
        }

        builder.Services.AddReclusterMasterService<BadMasterService>();
        if (builder.Configuration.GetValue("Zoo:MasterServiceTwice", false))
        {
            builder.Services.AddReclusterMasterService<BadMasterService>();
            builder.Services.AddHostedService<BadMasterService>();
        }
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        Console.Out.WriteLine($"bad master service run {Interlocked.Increment(ref runs)} in pid {Environment.ProcessId}");
        if (_how == "HangsInStart")
        {
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
        }

        if (_how == "StopsInStart")
        {
            await cluster.StopAsync(CancellationToken.None);
        }

        if (_how == "ReloadsInStart")
        {
            Console.Out.WriteLine($"reload in start: {(await cluster.ReloadAsync(CancellationToken.None)).Status}");
        }

        if (_how == "StartThrows" && !File.Exists(_gate))
        {
            throw new InvalidOperationException("This service throws at its start.");
        }

        await base.StartAsync(cancellationToken);
    }

    public override Task StopAsync(CancellationToken cancellationToken) =>
        _how == "HangsInStop" ? Task.Delay(Timeout.Infinite, CancellationToken.None) : base.StopAsync(cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_how == "ExecuteThrowsAtGate")
        {
            await Gate.WaitAsync(_gate);
        }

        if (_how == "ExecuteThrowsAtGate" || (_how == "ExecuteThrows" && !File.Exists(_gate)))
        {
            throw new InvalidOperationException("This service throws later.");
        }

        if (_how != "Completes")
        {
            await Task.Delay(Timeout.Infinite, stoppingToken);
        }
    }
}
