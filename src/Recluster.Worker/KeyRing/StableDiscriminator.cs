using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Recluster.KeyRing;

/// <summary>
/// Keeps cookies and antiforgery tokens valid from release to release. DataProtection keeps apps apart by the content root, which .NET has with
/// all links resolved: behind a "current" link each release would be another app. Where the app has set no name of its own, the path through the link
/// is taken instead. Without a link the two are the same, and so is the discriminator.
/// </summary>
internal sealed class StableDiscriminator(IHostEnvironment host, Lazy<string?> contentRoot) : IPostConfigureOptions<DataProtectionOptions>
{
    public void PostConfigure(string? name, DataProtectionOptions options)
    {
        // What the app has set (SetApplicationName, its own IApplicationDiscriminator) stays.
        if (options.ApplicationDiscriminator is { } current && current == Discriminator(host.ContentRootPath) && contentRoot.Value is { } root)
        {
            options.ApplicationDiscriminator = Discriminator(root);
        }
    }

    /// <summary>As DataProtection makes it of a path.</summary>
    private static string Discriminator(string path) => path.Trim() is var trimmed && trimmed.EndsWith('/') ? trimmed : trimmed + "/";
}
