namespace Recluster.Supervisor;

/// <summary>Why the master killed a worker.</summary>
internal enum KillReason
{
    /// <summary>Not ready within StartTimeout.</summary>
    StartTimeout,

    /// <summary>Still there after DrainTimeout.</summary>
    DrainTimeout,

    /// <summary>Still there when the time for stopping the cluster was over, or a start that the stop cut short.</summary>
    Stopped,

    /// <summary>Of a generation that is not wanted any more: its reload was rolled back or overtaken.</summary>
    Superseded,

    /// <summary>It was ready when its reload was rolled back, and its host did not stop within ShutdownTimeout.</summary>
    RolledBack,

    /// <summary>TerminateAsync.</summary>
    Terminated,

    /// <summary>Not heard of within HeartbeatTimeout.</summary>
    HeartbeatTimeout,

    /// <summary>Not heard of, and not needed any more: its successor serves.</summary>
    HungAndSucceeded,

    /// <summary>It has named endpoints that were not reserved before: it starts again, with their sockets.</summary>
    StartsAgain,

    /// <summary>It asks for other endpoints than its generation has.</summary>
    Refused,

    /// <summary>Its app stopped its host before it served, and it went on running.</summary>
    StoppedItself,

    /// <summary>It closed its control channel or spoke nonsense on it, and went on running.</summary>
    LostChannel,
}
