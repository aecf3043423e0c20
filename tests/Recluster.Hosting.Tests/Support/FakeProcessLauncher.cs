using System.Collections.Concurrent;
using Recluster.Processes;
using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Support;

/// <summary>
/// Fulfils the launcher's contract in memory. A "file" is a function that is the child's whole life; what it returns is how it ends.
/// </summary>
internal sealed class FakeProcessLauncher : IProcessLauncher
{
    private readonly ConcurrentDictionary<string, Func<FakeChildProcess, IReadOnlyDictionary<string, string>, Task<ExitStatus>>> _files = new();
    private int _lastDescriptor = 2;

    internal string Install(Func<FakeChildProcess, IReadOnlyDictionary<string, string>, Task<ExitStatus>> life)
    {
        var path = "/fake/program" + _files.Count;
        _files[path] = life;
        return path;
    }

    public IChildProcess Start(ProcessStart start)
    {
        if (!_files.TryGetValue(start.FileName, out var life))
        {
            throw new ProcessStartException($"'{start.FileName}': No such file or directory");
        }

        var environment = start.Environment(NextDescriptor());
        var child = new FakeChildProcess();
        _ = LiveAsync();
        return child;

        async Task LiveAsync()
        {
            await Task.Yield();
            child.Exit(await life(child, environment));
        }
    }

    private int NextDescriptor() => Interlocked.Increment(ref _lastDescriptor);
}
