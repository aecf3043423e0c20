using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Server.Kestrel;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recluster.Lifecycle;

namespace Recluster.Sockets;

/// <summary>
/// Keeps Kestrel from applying changes of its configuration in the running process (<c>reloadOnChange</c>, on by default). Kestrel would unbind
/// the endpoint and close its connections; a worker cannot bind another, and a process that lost its listener serves nobody. A change comes with the
/// next reload instead, as everything else that a new process reads.
/// </summary>
internal sealed class FixedEndpoints(Func<bool> isClustered, ILoggerFactory loggerFactory) : IPostConfigureOptions<KestrelServerOptions>
{
    public void PostConfigure(string? name, KestrelServerOptions options)
    {
        if (options.ConfigurationLoader is not { } loader || !isClustered())
        {
            return;
        }

        try
        {
            // As if the app had called Configure(configuration, reloadOnChange: false). A new loader would lose the callbacks of this one
            // (ConfigurationLoader.Endpoint("name", ...)), which have no public reader.
            ReloadOnChange(loader) = false;
        }
        catch (MissingFieldException)
        {
            // A Kestrel of another build. A listener that it takes from an active worker is seen by WorkerSockets, and the worker is replaced.
            WorkerLog.EndpointsNotFixed(loggerFactory.CreateLogger("Recluster.Worker"));
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<ReloadOnChange>k__BackingField")]
    private static extern ref bool ReloadOnChange(KestrelConfigurationLoader loader);
}
