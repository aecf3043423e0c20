namespace Recluster.Processes;

/// <summary>Starts processes. The operating system behind one small interface; a fake in memory fulfils the same contract.</summary>
internal interface IProcessLauncher
{
    /// <exception cref="ProcessStartException">The process could not be started; the message says why.</exception>
    IChildProcess Start(ProcessStart start);
}

/// <summary>A child process as its parent has it.</summary>
internal interface IChildProcess
{
    int ProcessId { get; }

    /// <summary>The parent's end of the control channel. End-of-file when no process holds the child's end any more.</summary>
    Stream Channel { get; }

    /// <summary>Completes once, when the process has ended and been reaped.</summary>
    Task<Supervisor.ExitStatus> Exited { get; }

    /// <summary>The last lines it wrote to standard error, oldest first; complete once <see cref="Exited"/> has completed.</summary>
    IReadOnlyList<string> ErrorOutput { get; }

    /// <summary>
    /// The last lines it wrote to standard output while that came here (<see cref="ProcessStart.RelaysOutput"/>), oldest first; complete once
    /// <see cref="Exited"/> has completed.
    /// </summary>
    IReadOnlyList<string> Output { get; }

    /// <summary>SIGKILL. Does nothing to a process that has ended.</summary>
    void Kill();
}

/// <summary>What to start.</summary>
/// <param name="FileName">The executable: a path, not searched for.</param>
/// <param name="Arguments">All of argv, the name it is called by first.</param>
/// <param name="WorkingDirectory">Where it starts, or null for the parent's own.</param>
/// <param name="Environment">Makes the environment. It is given the number that the control channel has in the child.</param>
internal sealed record ProcessStart(
    string FileName,
    IReadOnlyList<string> Arguments,
    string? WorkingDirectory,
    Func<int, IReadOnlyDictionary<string, string>> Environment)
{
    /// <summary>
    /// A descriptor of the parent's that waits in the control channel before the child exists. So it inherits nothing but the channel, and
    /// whatever it receives is closed on exec from the first moment.
    /// </summary>
    internal int? SentFirst { get; init; }

    /// <summary>
    /// Its standard output is a pipe, whose lines the parent keeps and passes on. The child may put another descriptor in its place. False:
    /// it is the parent's own.
    /// </summary>
    public bool RelaysOutput { get; init; }

    /// <summary>It starts with the signals of <see cref="Lifecycle.WorkerSignals"/> blocked, and lets them in when it can take them.</summary>
    internal bool HoldsSignals { get; init; }

    /// <summary>Whether its standard input stays open for as long as the parent lives. Otherwise it is empty. There is nothing to read in either case.</summary>
    internal bool HoldsInput { get; init; }
}

/// <summary>A process could not be started.</summary>
internal sealed class ProcessStartException(string message) : Exception(message);
