using System.Diagnostics;

namespace Recluster.Bench.Servers.Peers;

/// <summary>
/// A program started for a measurement, in a session (and so a process group) of its own: a Ctrl-C in the terminal is the
/// benchmark's alone, and the whole group can be killed at the end. What it prints goes to a file.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _log;

    private ChildProcess(Process process, string log)
    {
        _process = process;
        _log = log;
    }

    /// <summary>Its process id, and that of its group.</summary>
    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Itself and all that descends from it; empty where it has gone.</summary>
    public IReadOnlyList<int> Tree => HasExited ? [] : ProcessTree.Of(Id);

    /// <summary>What it has printed up to now.</summary>
    public string Log
    {
        get
        {
            try
            {
                return File.ReadAllText(_log);
            }
            catch (FileNotFoundException)
            {
                return "";
            }
        }
    }

    public static ChildProcess Start(
        string log, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        // setsid executes the program in its own place, since what .NET starts leads no group: the id stays.
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        string[] line = ["-c", "exec setsid \"$@\" >\"$0\" 2>&1 </dev/null", log, program, .. arguments];
        Array.ForEach(line, start.ArgumentList.Add);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(Process.Start(start)!, log);
    }

    public void Send(int signal)
    {
        if (!HasExited)
        {
            Signals.Send(Id, signal);
        }
    }

    /// <summary>Waits for it to end by itself.</summary>
    /// <exception cref="InvalidOperationException">It ended with an error, which the message carries.</exception>
    public async Task SucceedAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        if (_process.ExitCode != 0)
        {
            throw new InvalidOperationException($"it ended with code {_process.ExitCode}: {Log}");
        }
    }

    /// <summary>Kills it and all that descends from it.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var id in Tree)
        {
            Signals.Send(id, Signals.Kill);
        }

        // The group outlives its leader and keeps its id from being given again: a process of that id is a stranger.
        if (!HasExited || !Directory.Exists($"/proc/{Id}"))
        {
            Signals.Send(-Id, Signals.Kill);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
