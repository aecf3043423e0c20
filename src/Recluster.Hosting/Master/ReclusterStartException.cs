using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>The first generation could not start, and with it the app.</summary>
internal sealed class ReclusterStartException(StartFailure failure) : Exception(Describe(failure))
{
    private static string Describe(StartFailure failure)
    {
        var text = "The cluster could not start. " + failure.Reason;
        return failure.ErrorOutput.Count == 0
            ? text + " It wrote nothing to standard error; what it logged stands above."
            : text + " Its last lines on standard error:" + Environment.NewLine + string.Join(Environment.NewLine, failure.ErrorOutput);
    }
}
