using System.Globalization;

namespace Recluster.Bench.Measuring;

/// <summary>What the kernel tells of processes (proc(5)).</summary>
internal static class ProcessFiles
{
    private const int TicksPerSecond = 100;

    /// <summary>The living children of a process.</summary>
    internal static IReadOnlyList<int> ChildrenOf(int processId)
    {
        var children = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id)
                && Stat(id) is { } fields && int.Parse(fields[1], CultureInfo.InvariantCulture) == processId && fields[0] != "Z")
            {
                children.Add(id);
            }
        }

        return children;
    }

    /// <summary>The processor time, user and system, of all children that a process has had and buried.</summary>
    internal static TimeSpan BuriedChildrenTime(int processId) => Stat(processId) is { } fields
        ? TimeSpan.FromSeconds((double)(long.Parse(fields[13], CultureInfo.InvariantCulture) + long.Parse(fields[14], CultureInfo.InvariantCulture)) / TicksPerSecond)
        : default;

    /// <summary>The share of memory that is a process's own, shared pages divided among those who share them, in bytes. 0 if it is gone.</summary>
    internal static long ProportionalMemory(int processId) => Kilobytes($"/proc/{processId}/smaps_rollup", "Pss:") << 10;

    /// <summary>Resident memory in bytes. 0 if the process is gone.</summary>
    internal static long ResidentMemory(int processId) => Kilobytes($"/proc/{processId}/status", "VmRSS:") << 10;

    private static long Kilobytes(string file, string name)
    {
        try
        {
            var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>The fields of /proc/PID/stat from the third on, which follows the name in parentheses.</summary>
    private static string[]? Stat(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
