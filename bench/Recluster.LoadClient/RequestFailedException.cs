namespace Recluster.LoadClient;

/// <summary>A request that did not get a complete response.</summary>
public sealed class RequestFailedException(Outcome outcome, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The kind of failure.</summary>
    public Outcome Outcome => outcome;
}
