using System.Globalization;

namespace Recluster.FunctionalTests.Support;

/// <summary>What /proc says about processes (proc(5)).</summary>
internal static class ProcessTable
{
    /// <summary>The processes that live and have this text among their arguments.</summary>
    internal static IReadOnlyList<int> WithArgument(string text)
    {
        var found = new List<int>();
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            // A process that has ended and was not reaped has an empty command line.
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
                && processId != Environment.ProcessId
                && (Read(folder + "/cmdline")?.Contains(text, StringComparison.Ordinal) ?? false))
            {
                found.Add(processId);
            }
        }

        return found;
    }

    internal static bool IsAlive(int processId)
    {
        var stat = Read($"/proc/{processId}/stat");
        return stat is not null && stat[(stat.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
    }

    /// <summary>The signal is sent in no time, but it is some time until the last thread stands still and accepts nothing more.</summary>
    internal static Task StopAsync(int processId)
    {
        Posix.Signal(processId, Posix.SigStop);
        return Eventually.TrueAsync(() => IsStopped(processId), () => $"process {processId} stopped");
    }

    /// <summary>Whether every thread of a process has been stopped by a signal.</summary>
    internal static bool IsStopped(int processId) => Directory.GetDirectories($"/proc/{processId}/task")
        .Select(thread => Read(thread + "/stat"))
        .All(stat => stat is null || stat[(stat.LastIndexOf(')') + 2)..][0] == 'T');

    /// <summary>Whether a process blocks or ignores a signal.</summary>
    internal static bool IsHeldBack(int processId, int signal) => File.ReadLines($"/proc/{processId}/status")
        .Where(line => line.StartsWith("SigBlk:", StringComparison.Ordinal) || line.StartsWith("SigIgn:", StringComparison.Ordinal))
        .Any(line => (ulong.Parse(line[7..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << (signal - 1))) != 0);

    internal static int ParentOf(int processId)
    {
        var stat = Read($"/proc/{processId}/stat")!;
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>The children of all threads of a process.</summary>
    internal static IReadOnlyList<int> ChildrenOf(int processId) =>
    [
        .. Directory.GetDirectories($"/proc/{processId}/task")
            .SelectMany(thread => (Read(thread + "/children") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Select(text => int.Parse(text, CultureInfo.InvariantCulture)),
    ];

    /// <summary>Children that have ended and were not waited for.</summary>
    internal static IReadOnlyList<int> ZombiesOf(int processId) =>
        [.. ChildrenOf(processId).Where(child => Read($"/proc/{child}/stat") is { } stat && stat[(stat.LastIndexOf(')') + 2)..][0] == 'Z')];

    /// <summary>Whether the process group of a process is the one in the foreground of its terminal.</summary>
    internal static bool IsInForeground(int processId)
    {
        var stat = Read($"/proc/{processId}/stat")!;
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[2] == fields[5];
    }

    /// <summary>What the descriptors of a process lead to, such as "socket:[4711]".</summary>
    internal static IReadOnlyList<string> DescriptorsOf(int processId)
    {
        var targets = new List<string>();
        foreach (var path in Directory.GetFiles($"/proc/{processId}/fd"))
        {
            try
            {
                targets.Add(new FileInfo(path).LinkTarget ?? "");
            }
            catch (IOException)
            {
                // Closed meanwhile.
            }
        }

        return targets;
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
