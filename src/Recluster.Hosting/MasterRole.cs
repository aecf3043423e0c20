using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;
using Recluster.Hosts;
using Recluster.Master;

namespace Recluster;

/// <summary>
/// Hosts in a process that is no worker. The first that starts, and may be a master, is the master, and its host runs the services of
/// the master instead of the app's. Any other runs as if the library were absent, and the log says why.
/// </summary>
internal sealed class MasterRole(IServiceProvider provider, RoleDecision role, ILoggerFactory loggerFactory) : IHostRole
{
    public IHost Begin(ReclusterHost host, IHost app)
    {
        OptionsSection.WarnOfUnknownKeys(provider.GetRequiredService<IConfiguration>(), loggerFactory.CreateMasterLogger());
        if (role.IsMaster && !ClusterSeat.OfThisProcess.TryTake(host))
        {
            role.StandBack(
                "another host of this process is the cluster already. A process has one cluster at a time. This host runs in the master alone");
        }

        if (role.IsMaster)
        {
            return new MasterHost(HostOverrides.HostOver(
                app.Services,
                new Dictionary<Type, object> { [typeof(IEnumerable<IHostedService>)] = MasterServices.HostedServices(provider) }));
        }

        role.Log(loggerFactory);
        if (OperatingSystem.IsLinux())
        {
            provider.GetService<SingleProcessSignals>()?.Begin();
        }

        return app;
    }

    public void End(ReclusterHost host) => ClusterSeat.OfThisProcess.Leave(host);
}
