using Recluster.Diagnostics;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>The first generation could not start, and with it the app.</summary>
internal sealed class ReclusterStartException(StartFailure failure) : Exception(Describe(failure))
{
    /// <summary>Without the stack: the host logs it and the runtime prints it, and where the master threw it says nothing about the cause.</summary>
    public override string ToString() => $"{nameof(ReclusterStartException)}: {Message}";

    private static string Describe(StartFailure failure) => $"The cluster could not start. {failure.Reason}" + (failure switch
    {
        { HasWorkerEnded: false } => "",
        { ErrorOutput.Count: 0, Output.Count: 0 } => " It wrote nothing to standard error; what it logged stands above.",
        _ => LastLines.Describe(failure.ErrorOutput, failure.Output),
    });
}
