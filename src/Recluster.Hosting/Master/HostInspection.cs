using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Recluster.Processes;
using Recluster.Protocol;

namespace Recluster.Master;

/// <summary>What this process can say of the app's host to its workers.</summary>
internal static class HostInspection
{
    private const string SystemdLifetime = "Microsoft.Extensions.Hosting.Systemd.SystemdLifetime";

    /// <param name="provider">The services of the app.</param>
    /// <param name="command">How this process was started.</param>
    /// <param name="startFolder">Where workers start.</param>
    internal static HostFacts Inspect(IServiceProvider provider, LaunchCommand command, string startFolder) => new(
        LogicalFolder.Find(provider.GetRequiredService<IHostEnvironment>().ContentRootPath, command, startFolder),
        HasSystemdConsole(provider));

    /// <summary>
    /// UseSystemd asks whether the parent of the process is systemd. That of a worker is the master, so there it does nothing.
    /// </summary>
    private static bool HasSystemdConsole(IServiceProvider provider) =>
        provider.GetService<IHostLifetime>()?.GetType().FullName == SystemdLifetime
        && provider.GetService<IOptions<ConsoleLoggerOptions>>()?.Value.FormatterName == ConsoleFormatterNames.Systemd;
}
