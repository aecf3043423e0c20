using System.Globalization;
using System.Reflection;

namespace Recluster.Platform;

/// <summary>
/// The name that ps and top show: "WebApi master", "WebApi w3 g12". The kernel keeps 15 characters (prctl(2), PR_SET_NAME), so the
/// app's own name is cut to what the role leaves.
/// </summary>
internal static class ProcessName
{
    internal const int MaxLength = 15;

    internal static string ForMaster(string app) => Fit(app, "master");

    internal static string ForWorker(string app, int slot, int generation) =>
        Fit(app, string.Create(CultureInfo.InvariantCulture, $"w{slot} g{generation}"));

    /// <summary>Names the whole process: the file of the process itself, not of the calling thread.</summary>
    internal static void Set(string name)
    {
        try
        {
            File.WriteAllText($"/proc/{Environment.ProcessId}/comm", name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A name is a convenience; a /proc that is read-only is no reason to fail.
        }
    }

    internal static string App => Assembly.GetEntryAssembly()?.GetName().Name ?? "app";

    private static string Fit(string app, string role)
    {
        var room = Math.Max(0, MaxLength - role.Length - 1);
        var name = (app.Length <= room ? app : app[..room]) + " " + role;
        return name.Length <= MaxLength ? name : name[..MaxLength];
    }
}
