using System.Globalization;

namespace Recluster.Processes;

/// <summary>
/// The kernel's count of processes it killed for want of memory in this process's cgroup: memory.events of version 2,
/// memory.oom_control of version 1 (Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst).
/// </summary>
internal sealed class OutOfMemoryCounter
{
    private const string Key = "oom_kill ";

    private readonly Lock _gate = new();
    private readonly string? _file;
    private long _seen;

    internal OutOfMemoryCounter(string procSelfCgroup = "/proc/self/cgroup", string root = "/sys/fs/cgroup")
    {
        _file = FindFile(procSelfCgroup, root);
        _seen = Read() ?? 0;
    }

    /// <summary>Whether a kill was counted since the last call; null where the kernel does not say.</summary>
    internal bool? HasGrown()
    {
        lock (_gate)
        {
            if (Read() is not { } count)
            {
                return null;
            }

            var hasGrown = count > _seen;
            _seen = count;
            return hasGrown;
        }
    }

    private static string? FindFile(string procSelfCgroup, string root)
    {
        try
        {
            foreach (var line in File.ReadLines(procSelfCgroup))
            {
                // hierarchy:controllers:path
                var fields = line.Split(':', 3);
                var file = fields switch
                {
                    ["0", "", var path] => Path.Combine(root, path.TrimStart('/'), "memory.events"),
                    [_, var controllers, var path] when controllers.Split(',').Contains("memory") =>
                        Path.Combine(root, "memory", path.TrimStart('/'), "memory.oom_control"),
                    _ => null,
                };
                if (file is not null && File.Exists(file))
                {
                    return file;
                }
            }
        }
        catch (IOException)
        {
            // No cgroups here.
        }

        return null;
    }

    private long? Read()
    {
        try
        {
            var line = _file is null ? null : File.ReadLines(_file).FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal));
            return line is not null && long.TryParse(line.AsSpan(Key.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                ? count
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
