namespace Recluster.LoadClient;

/// <summary>How one request ended, as its client suffers it.</summary>
public enum Outcome
{
    /// <summary>A complete response with status 200.</summary>
    Ok,

    /// <summary>Nobody listened.</summary>
    Refused,

    /// <summary>The connection was not established in time.</summary>
    ConnectTimeout,

    /// <summary>Reset or closed before the first byte of the response to the first request on a connection.</summary>
    ResetBeforeFirstByteFresh,

    /// <summary>The same on a connection that had carried a response before: a stale keep-alive connection.</summary>
    ResetBeforeFirstByteReused,

    /// <summary>Reset or closed within the response.</summary>
    Truncated,

    /// <summary>A complete response with another status than 200, or what is no response.</summary>
    WrongStatus,

    /// <summary>The response was not complete in time.</summary>
    Timeout,
}
