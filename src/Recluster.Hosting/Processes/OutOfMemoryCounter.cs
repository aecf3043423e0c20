using System.Globalization;

namespace Recluster.Processes;

/// <summary>
/// The kernel's count of processes it killed for want of memory in this process's cgroup: memory.events of version 2,
/// memory.oom_control of version 1 (Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst). It does not say which process was killed.
/// So the count is read regularly, and a worker's death is put down only to a kill that was counted shortly before, one death to each kill.
/// </summary>
internal sealed class OutOfMemoryCounter : IDisposable
{
    /// <summary>How often the count is read.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>So long after the kernel has counted a kill the end of the process is seen at the latest: it has to free its memory first.</summary>
    internal static readonly TimeSpan LongestDeath = TimeSpan.FromSeconds(10);

    private const string Key = "oom_kill ";

    private readonly Lock _gate = new();
    private readonly Queue<long> _kills = new(); // When each was noticed.
    private readonly string? _file;
    private readonly TimeProvider _time;
    private readonly ITimer? _timer;
    private long? _seen;

    internal OutOfMemoryCounter(TimeProvider time, string procSelfCgroup = "/proc/self/cgroup", string root = "/sys/fs/cgroup")
    {
        _time = time;
        _file = FindFile(procSelfCgroup, root);
        _seen = Read();
        _timer = _file is null ? null : time.CreateTimer(_ => Look(), null, Interval, Interval);
    }

    public void Dispose() => _timer?.Dispose();

    /// <summary>
    /// A process was ended by SIGKILL just now: whether that was probably the kernel, for want of memory. Null where the kernel does not say.
    /// </summary>
    internal bool? TakeKill()
    {
        lock (_gate)
        {
            return Look() ? _kills.TryDequeue(out _) : null;
        }
    }

    private bool Look()
    {
        lock (_gate)
        {
            if (Read() is not { } count)
            {
                return false;
            }

            var now = _time.GetTimestamp();
            while (_kills.TryPeek(out var noticed) && _time.GetElapsedTime(noticed, now) > LongestDeath)
            {
                _kills.Dequeue(); // It was another process of the cgroup.
            }

            for (var kill = _seen ?? count; kill < count && _kills.Count < ReclusterLimits.MaxWorkers; kill++)
            {
                _kills.Enqueue(now);
            }

            _seen = count;
            return true;
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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
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
