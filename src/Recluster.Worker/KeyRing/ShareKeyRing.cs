using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recluster.Lifecycle;
using Recluster.Platform;
using Recluster.Protocol;

namespace Recluster.KeyRing;

/// <summary>
/// Where the app has configured no key storage and DataProtection would find none by itself, it would keep keys in the memory of
/// each process, and a cookie issued by one worker would mean nothing to the next. Then the cluster shares a ring in memory.
/// </summary>
internal sealed class ShareKeyRing(WorkerEnvironment environment, ILoggerFactory loggerFactory) : IPostConfigureOptions<KeyManagementOptions>
{
    public void PostConfigure(string? name, KeyManagementOptions options)
    {
        if (options.XmlRepository is null && environment.KeyRingDescriptor > 0 && !HasDefaultStorage())
        {
            WorkerLog.KeyRingShared(loggerFactory.CreateLogger("Recluster.Worker"));
            options.XmlRepository = new ClusterKeyRepository(new MemoryFile(environment.KeyRingDescriptor));
        }
    }

    /// <summary>
    /// DataProtection's own search, in its order (DefaultKeyStorageDirectories in ASP.NET Core): an Azure volume, or a folder below
    /// the user's own that can be made.
    /// </summary>
    private static bool HasDefaultStorage()
    {
        if (Environment.GetEnvironmentVariable("WEBSITE_INSTANCE_ID") is { Length: > 0 })
        {
            return true;
        }

        var folder = Environment.GetEnvironmentVariable("LOCALAPPDATA") is { } local ? Path.Combine(local, "ASP.NET")
            : Environment.GetEnvironmentVariable("USERPROFILE") is { } profile ? Path.Combine(profile, "AppData", "Local", "ASP.NET")
            : Environment.GetEnvironmentVariable("HOME") is { } home ? Path.Combine(home, ".aspnet")
            : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData) is { Length: > 0 } data ? Path.Combine(data, "ASP.NET")
            : null;
        if (folder is null)
        {
            return false;
        }

        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "DataProtection-Keys"));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
