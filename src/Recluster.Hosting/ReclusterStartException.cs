using Recluster.Diagnostics;
using Recluster.Supervisor;

namespace Recluster;

/// <summary>
/// The first generation of workers could not start, and with it the app. It is thrown where the host of the master starts: by
/// <c>app.Run()</c>, <c>RunAsync()</c> or <c>StartAsync()</c>. Uncaught it ends the process with its message as the last line on standard
/// error and exit code 1.
/// </summary>
public sealed class ReclusterStartException : Exception
{
    internal ReclusterStartException(StartFailure failure)
        : base(Describe(failure)) => (Reason, ErrorOutput, Output) = (failure.Reason, failure.ErrorOutput, failure.Output);

    /// <summary>Why, in one or two sentences; the message has the worker's last lines too.</summary>
    public string Reason { get; }

    /// <summary>The last lines that the failed worker wrote to standard error, oldest first. Empty where no worker has ended.</summary>
    public IReadOnlyList<string> ErrorOutput { get; }

    /// <summary>
    /// The last lines that the failed worker wrote to standard output, oldest first. Empty where the cluster's own is a terminal.
    /// </summary>
    public IReadOnlyList<string> Output { get; }

    /// <summary>
    /// Without the stack: the host logs it and the runtime prints it, and where the master threw it says nothing about the cause.
    /// </summary>
    public override string ToString() => $"{nameof(ReclusterStartException)}: {Message}";

    private static string Describe(StartFailure failure) => $"The cluster could not start. {failure.Reason}" + (failure switch
    {
        { HasWorkerEnded: false } => "",
        { ErrorOutput.Count: 0, Output.Count: 0 } => " It wrote nothing to standard error; what it logged stands above.",
        _ => LastLines.Describe(failure.ErrorOutput, failure.Output),
    });
}
