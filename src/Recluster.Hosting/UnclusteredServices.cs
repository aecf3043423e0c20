using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Recluster.Lifecycle;
using Recluster.Master;

namespace Recluster;

/// <summary>
/// What AddRecluster registers where there is no generic host: everything that can be injected resolves, nothing else changes, and one
/// warning says why. The legacy WebHost is such a host. It knows no IHostedLifecycleService and no IHostLifetime, so nobody could lead it.
/// </summary>
internal static class UnclusteredServices
{
    internal static void Add(IServiceCollection services)
    {
        services.AddSingleton(_ => new RoleDecision(
            false,
            "AddRecluster was called on services without a generic host, such as those of the legacy WebHost. Build the app with "
            + "WebApplication.CreateBuilder, or with Host.CreateDefaultBuilder and ConfigureWebHostDefaults",
            IsSurprising: true));
        services.AddSingleton<IReclusterWorker, UnclusteredWorker>();
        services.AddSingleton<IReclusterControl, UnclusteredControl>();
        services.AddSingleton<IReclusterBus>(MasterServices.LocalBus);
        if (OperatingSystem.IsLinux())
        {
            SingleProcessSignals.Add(services, Guest.Detect());
        }

        services.AddHostedService<Notice>();
    }

    private sealed class Notice(RoleDecision role, IServiceProvider provider, ILoggerFactory loggerFactory) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            role.Log(loggerFactory);
            if (OperatingSystem.IsLinux())
            {
                provider.GetService<SingleProcessSignals>()?.Begin();
            }

            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
