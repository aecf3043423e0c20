namespace Recluster.LoadClient;

/// <summary>How one request (message, event) ended, as its client suffers it.</summary>
public enum Outcome
{
    /// <summary>A complete response with status 200; the echo of a message; the next event of a stream.</summary>
    Ok,

    /// <summary>Nobody listened.</summary>
    Refused,

    /// <summary>The connection was not established in time.</summary>
    ConnectTimeout,

    /// <summary>Reset or closed before the first byte of the response to the first request on a connection.</summary>
    ResetBeforeFirstByteFresh,

    /// <summary>The same on a connection that had carried a response before: a stale keep-alive connection.</summary>
    ResetBeforeFirstByteReused,

    /// <summary>Reset or closed within the response, the message or the stream.</summary>
    Truncated,

    /// <summary>A complete response with another status than 200, or what is no response.</summary>
    WrongStatus,

    /// <summary>A complete response with status 200 and another content than the known one.</summary>
    WrongContent,

    /// <summary>The response was not complete in time.</summary>
    Timeout,

    /// <summary>The server said goodbye on a WebSocket (a close frame) or a stream (its last chunk). Not a failure: told apart.</summary>
    ClosedInOrder,
}
