using System.Net;
using Microsoft.Extensions.Logging;

namespace Recluster.Lifecycle;

/// <summary>What a worker logs, category "Recluster.Worker". Ids 100 to 199; an id is never given a new meaning.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(100, LogLevel.Debug, "Draining: {Connections} connections left, at most {Timeout}.", EventName = "DrainBegun")]
    internal static partial void DrainBegun(ILogger logger, int connections, TimeSpan timeout);

    [LoggerMessage(101, LogLevel.Warning, "The time to drain ({Timeout}) is over: {Connections} connections are aborted.", EventName = "DrainTimedOut")]
    internal static partial void DrainTimedOut(ILogger logger, int connections, TimeSpan timeout);

    [LoggerMessage(102, LogLevel.Warning, "The master is gone: serving what is here, then exiting.", EventName = "MasterLost")]
    internal static partial void MasterLost(ILogger logger);

    [LoggerMessage(103, LogLevel.Error, "Accepting on {EndPoint} failed; trying again.", EventName = "AcceptFailed")]
    internal static partial void AcceptFailed(ILogger logger, EndPoint endPoint, Exception exception);

    [LoggerMessage(104, LogLevel.Error, "A callback of the Draining token threw.", EventName = "DrainingCallbackFailed")]
    internal static partial void DrainingCallbackFailed(ILogger logger, Exception exception);

    [LoggerMessage(105, LogLevel.Critical, "The control channel failed; this worker stops.", EventName = "ChannelFailed")]
    internal static partial void ChannelFailed(ILogger logger, Exception exception);

    [LoggerMessage(106, LogLevel.Information, "{Signal} received: asking the master for a replacement.", EventName = "ReplacementRequested")]
    internal static partial void ReplacementRequested(ILogger logger, string signal);

    [LoggerMessage(112, LogLevel.Error, "Draining failed; the worker stops at once.", EventName = "DrainFailed")]
    internal static partial void DrainFailed(ILogger logger, Exception exception);

    [LoggerMessage(107, LogLevel.Warning, "A subscriber of the bus topic {Topic} is 1,024 messages behind. Further ones are dropped until it handles them. This is said once until it has caught up.", EventName = "BusOverflow")]
    internal static partial void BusOverflow(ILogger logger, string topic);

    [LoggerMessage(108, LogLevel.Error, "A subscriber of the bus topic {Topic} threw.", EventName = "BusHandlerFailed")]
    internal static partial void BusHandlerFailed(ILogger logger, string topic, Exception exception);

    [LoggerMessage(109, LogLevel.Information, "Asking the master for a replacement: {Reason}.", EventName = "Recycling")]
    internal static partial void Recycling(ILogger logger, string reason);

    [LoggerMessage(110, LogLevel.Information, "Not ready: waiting for {What}.", EventName = "WaitingForReady")]
    internal static partial void WaitingForReady(ILogger logger, string what);

    [LoggerMessage(111, LogLevel.Information, "DataProtection has no place to keep keys: this cluster shares a key ring in memory for as long as it lives. To keep cookies valid beyond that, use PersistKeysToFileSystem or the like.", EventName = "KeyRingShared")]
    internal static partial void KeyRingShared(ILogger logger);

    [LoggerMessage(150, LogLevel.Error, "This worker could not take the sockets of {Slots} slots, so it serves none but its own: {Reason}", EventName = "SocketsNotTaken")]
    internal static partial void SocketsNotTaken(ILogger logger, int slots, string reason);

    [LoggerMessage(130, LogLevel.Error, "This worker cannot accept connections any more: {Reason}. A sibling takes over its slot, and it is replaced.", EventName = "Deaf")]
    internal static partial void Deaf(ILogger logger, string reason);

    [LoggerMessage(131, LogLevel.Warning, "This build of Kestrel may change its endpoints while it runs (reloadOnChange). A worker in which that happens is replaced.", EventName = "EndpointsNotFixed")]
    internal static partial void EndpointsNotFixed(ILogger logger);

    [LoggerMessage(140, LogLevel.Warning, "Another worker has been loading the DataProtection keys for {Patience}; this one goes on without waiting. If their store has no key yet, both may create one, and cookies of one worker may be unreadable for another. Check the store of the keys.", EventName = "KeyRingNotAwaited")]
    internal static partial void KeyRingNotAwaited(ILogger logger, TimeSpan patience);

    [LoggerMessage(141, LogLevel.Warning, "The DataProtection keys are in {Folder}, which belongs to this release. After the next deploy {Link} leads to a release without these keys: all users are logged out then. Keep the keys in a folder outside the releases (PersistKeysToFileSystem).", EventName = "KeysInRelease")]
    internal static partial void KeysInRelease(ILogger logger, string folder, string link);

    [LoggerMessage(142, LogLevel.Warning, "The logger factory {Factory} was registered after AddRecluster: its lines carry no WorkerId and Generation, and it logs the requests of the warm-up. Register it before AddRecluster is called.", EventName = "OtherLoggerFactory")]
    internal static partial void OtherLoggerFactory(ILogger logger, string factory);

    [LoggerMessage(135, LogLevel.Debug, "{Connections} SignalR connections over long polling or server-sent events are told to connect again.", EventName = "HubConnectionsLeave")]
    internal static partial void HubConnectionsLeave(ILogger logger, int connections);

    [LoggerMessage(145, LogLevel.Warning, "The app stops this worker by itself (StopApplication, StopAsync, or a hosted service that threw). If it serves, it goes on until its successor does, and then drains.", EventName = "StopsItself")]
    internal static partial void StopsItself(ILogger logger);

    [LoggerMessage(146, LogLevel.Warning, "The app's hosted services did not stop within HostOptions.ShutdownTimeout ({Timeout}): this worker exits without them.", EventName = "ShutdownTimedOut")]
    internal static partial void ShutdownTimedOut(ILogger logger, TimeSpan timeout);

    [LoggerMessage(115, LogLevel.Information, "A second host with AddRecluster does not start in a worker: it runs in the master alone.", EventName = "HostSkipped")]
    internal static partial void HostSkipped(ILogger logger);

    [LoggerMessage(116, LogLevel.Information, "Program.cs starts a host again, but the host of this worker has ended: the process ends too.", EventName = "HostRestarted")]
    internal static partial void HostRestarted(ILogger logger);

    [LoggerMessage(117, LogLevel.Error, "Stopping the host of this worker failed; the process ends.", EventName = "HostStopFailed")]
    internal static partial void HostStopFailed(ILogger logger, Exception exception);
}
