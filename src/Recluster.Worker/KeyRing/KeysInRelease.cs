using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recluster.Lifecycle;
using Recluster.Protocol;

namespace Recluster.KeyRing;

/// <summary>
/// Warns of keys in the folder of a release, such as <c>PersistKeysToFileSystem(new DirectoryInfo("keys"))</c> behind a "current" link. The next
/// release does not have them, and all users are logged out without a reason in the log.
/// </summary>
internal sealed class KeysInRelease(WorkerEnvironment environment, IHostEnvironment host, ILoggerFactory loggerFactory)
    : IPostConfigureOptions<KeyManagementOptions>
{
    public void PostConfigure(string? name, KeyManagementOptions options)
    {
        var release = Path.TrimEndingDirectorySeparator(host.ContentRootPath);
        if (environment is { Slot: 0, Host.ContentRoot: { } link }
            && link != release
            && options.XmlRepository is FileSystemXmlRepository files
            && (IsWithin(files.Directory.FullName, release) || IsWithin(files.Directory.FullName, link)))
        {
            WorkerLog.KeysInRelease(loggerFactory.CreateLogger("Recluster.Worker"), files.Directory.FullName, link);
        }
    }

    private static bool IsWithin(string path, string folder) => path.StartsWith(folder + "/", StringComparison.Ordinal);
}
