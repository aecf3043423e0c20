using System.Diagnostics;

namespace Recluster.FunctionalTests.Support;

/// <summary>Starts the zoo as PID 1 of a namespace of processes (pid_namespaces(7)).</summary>
internal static class NewNamespace
{
    private static readonly string[] Unshare = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];

    internal static IReadOnlyList<string> Command =>
        [.. Unshare, ZooBuild.DotnetHost, Path.Combine(ZooBuild.Folder, ZooBuild.Name + ".dll")];

    internal static bool IsPermitted()
    {
        try
        {
            using var probe = Process.Start(new ProcessStartInfo(Unshare[0], [.. Unshare.Skip(1), "true"]) { RedirectStandardError = true })!;
            probe.WaitForExit();
            return probe.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
