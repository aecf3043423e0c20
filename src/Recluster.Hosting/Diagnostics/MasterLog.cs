using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Recluster.Supervisor;

namespace Recluster.Diagnostics;

/// <summary>
/// What the master logs, categories "Recluster.Master" and, for each worker's coming and going, "Recluster.Master.Workers". Ids from 1 on;
/// an id is never given a new meaning.
/// </summary>
internal static partial class MasterLog
{
    [LoggerMessage(1, LogLevel.Information, "Worker started: slot {Slot}, pid {ProcessId}, generation {Generation}.", EventName = "WorkerStarted")]
    internal static partial void WorkerStarted(ILogger logger, int slot, int processId, int generation);

    [LoggerMessage(2, LogLevel.Information, "Worker ready: slot {Slot}, pid {ProcessId}, generation {Generation}, after {Seconds} s.", EventName = "WorkerReady")]
    internal static partial void WorkerReady(ILogger logger, int slot, int processId, int generation, double seconds);

    [LoggerMessage(3, LogLevel.Information, "Worker exited: slot {Slot}, pid {ProcessId}, generation {Generation}: {Cause}.", EventName = "WorkerExited")]
    internal static partial void WorkerExited(ILogger logger, int slot, int processId, int generation, string cause);

    [LoggerMessage(92, LogLevel.Warning, "Worker ended before it had finished: slot {Slot}, pid {ProcessId}, generation {Generation}: {Cause}. Requests that it still had have failed. No other worker is started for it.", EventName = "WorkerCutShort")]
    internal static partial void WorkerCutShort(ILogger logger, int slot, int processId, int generation, string cause);

    [LoggerMessage(4, LogLevel.Error, "Worker died: slot {Slot}, pid {ProcessId}, generation {Generation}: {Cause}. Its slot gets another in {Seconds} s.", EventName = "WorkerDied")]
    internal static partial void WorkerDied(ILogger logger, int slot, int processId, int generation, string cause, double seconds);

    [LoggerMessage(100, LogLevel.Error, "Worker cannot be killed: slot {Slot}, pid {ProcessId}, generation {Generation}: {Cause}. The cluster goes on without it.{Successor} Its state is {State}. A process in state D waits in the kernel, mostly for a disk or a network file system: bring that back, or restart the machine. Until it ends it keeps its memory, its files and its sockets.", EventName = "WorkerNotKilled")]
    internal static partial void WorkerNotKilled(
        ILogger logger, int slot, int processId, int generation, string cause, string successor, string state);

    [LoggerMessage(5, LogLevel.Error, "Worker died: slot {Slot}, pid {ProcessId}, generation {Generation}: {Cause}.", EventName = "WorkerDiedNoRespawn")]
    internal static partial void WorkerDiedNoRespawn(ILogger logger, int slot, int processId, int generation, string cause);

    [LoggerMessage(6, LogLevel.Information, "Worker asks to be replaced: slot {Slot}, pid {ProcessId}, generation {Generation}: {Reason}.", EventName = "ReplacementRequested")]
    internal static partial void ReplacementRequested(ILogger logger, int slot, int processId, int generation, string reason);

    [LoggerMessage(7, LogLevel.Information, "Cluster started: {Workers} workers serve after {Seconds} s.", EventName = "ClusterStarted")]
    internal static partial void Started(ILogger logger, int workers, double seconds);

    [LoggerMessage(8, LogLevel.Information, "Reload begun: generation {Generation}.", EventName = "ReloadBegun")]
    internal static partial void ReloadBegun(ILogger logger, int generation);

    [LoggerMessage(130, LogLevel.Information, "Reload begun: generation {Generation}. The reason given: {Reason}", EventName = "ReloadBegunFor")]
    internal static partial void ReloadBegunFor(ILogger logger, int generation, string reason);

    [LoggerMessage(131, LogLevel.Warning, "Reload aborted: generation {Generation} is given up as AbortReloadAsync was called, generation {Serving} goes on serving.", EventName = "ReloadAborted")]
    internal static partial void ReloadAborted(ILogger logger, int generation, int serving);

    [LoggerMessage(9, LogLevel.Information, "Reload done: generation {Generation} serves with {Workers} workers after {Seconds} s.", EventName = "ReloadDone")]
    internal static partial void ReloadDone(ILogger logger, int generation, int workers, double seconds);

    [LoggerMessage(10, LogLevel.Error, "Reload rolled back: generation {Generation} failed, generation {Serving} goes on serving. {Reason}", EventName = "ReloadRolledBack")]
    internal static partial void ReloadRolledBack(ILogger logger, int generation, int serving, string reason);

    [LoggerMessage(11, LogLevel.Error, "Reload rolled back: generation {Generation} failed, generation {Serving} goes on serving. {Reason}{LastLines}", EventName = "ReloadRolledBackWithOutput")]
    internal static partial void ReloadRolledBackWithOutput(ILogger logger, int generation, int serving, string reason, string lastLines);

    [LoggerMessage(12, LogLevel.Information, "Cluster stopping: {Workers} workers have {Timeout} to finish.", EventName = "ClusterStopping")]
    internal static partial void Stopping(ILogger logger, int workers, TimeSpan timeout);

    [LoggerMessage(13, LogLevel.Error, "Worker number {Worker} sent what is no message; its channel is given up.", EventName = "ProtocolError")]
    internal static partial void ProtocolError(ILogger logger, long worker, Exception exception);

    [LoggerMessage(14, LogLevel.Critical, "The master failed to process {Input}. The input is dropped and the cluster goes on. Please report this.", EventName = "InputFailed")]
    internal static partial void InputFailed(ILogger logger, Input input, Exception exception);

    [LoggerMessage(15, LogLevel.Error, "The master failed to carry out {Effect}. The cluster goes on.", EventName = "EffectFailed")]
    internal static partial void EffectFailed(ILogger logger, Effect effect, Exception exception);

    [LoggerMessage(16, LogLevel.Error, "The master failed in {Step}. The cluster goes on.", EventName = "StepFailed")]
    internal static partial void StepFailed(ILogger logger, string step, Exception exception);

    [LoggerMessage(17, LogLevel.Critical, "The master's loop is broken. The process ends at once; its workers finish their requests and end. Please report this.", EventName = "LoopBroken")]
    internal static partial void LoopBroken(ILogger logger, Exception exception);

    [LoggerMessage(20, LogLevel.Information, "Recluster runs the app as a single process: {Reason}.", EventName = "SingleProcess")]
    internal static partial void SingleProcess(ILogger logger, string reason);

    [LoggerMessage(21, LogLevel.Warning, "Recluster runs the app as a single process: {Reason}.", EventName = "SingleProcessWarning")]
    internal static partial void SingleProcessWarning(ILogger logger, string reason);

    [LoggerMessage(22, LogLevel.Warning, "HTTP/3 is switched off in the cluster: a QUIC listener cannot be handed from process to process. The endpoints serve HTTP/1.1 and HTTP/2.", EventName = "Http3SwitchedOff")]
    internal static partial void Http3SwitchedOff(ILogger logger);

    [LoggerMessage(23, LogLevel.Debug, "Worker promoted: slot {Slot}, pid {ProcessId}, generation {Generation}.", EventName = "WorkerPromoted")]
    internal static partial void WorkerPromoted(ILogger logger, int slot, int processId, int generation);

    [LoggerMessage(24, LogLevel.Debug, "Worker draining: slot {Slot}, pid {ProcessId}, generation {Generation}.", EventName = "WorkerDraining")]
    internal static partial void WorkerDraining(ILogger logger, int slot, int processId, int generation);

    [LoggerMessage(25, LogLevel.Error, "Worker not heard of: slot {Slot}, pid {ProcessId}, generation {Generation}, for {Seconds} s. It is replaced, then killed.", EventName = "WorkerUnheard")]
    internal static partial void WorkerUnheard(ILogger logger, int slot, int processId, int generation, double seconds);

    [LoggerMessage(26, LogLevel.Information, "Cluster scaled: from {Before} to {Workers} workers.", EventName = "Scaled")]
    internal static partial void Scaled(ILogger logger, int before, int workers);

    [LoggerMessage(27, LogLevel.Warning, "More workers drain than MaxDrainingGenerations allows in a slot. The oldest, of generation {Generation}, are told to finish in slots {Slots}.", EventName = "GenerationTooMany")]
    internal static partial void GenerationTooMany(ILogger logger, string slots, int generation);

    [LoggerMessage(28, LogLevel.Error, "Reload halted: generation {Generation} failed on its way through the slots, which now run generations {Slots}. {Reason}{LastLines}", EventName = "ReloadHalted")]
    internal static partial void ReloadHalted(ILogger logger, int generation, string slots, string reason, string lastLines);

    [LoggerMessage(29, LogLevel.Warning, "Worker does not read the bus: slot {Slot}, pid {ProcessId} has 1,024 messages waiting. Further ones, the first of topic {Topic}, are dropped until it reads. This is said once until it has caught up.", EventName = "BusOverflow")]
    internal static partial void BusOverflow(ILogger logger, int slot, int processId, string topic);

    [LoggerMessage(30, LogLevel.Warning, "The kernel refuses to steer connections (Balancing {Balancing}: {Error}); they are spread by its own hash.", EventName = "SteeringRefused")]
    internal static partial void SteeringRefused(ILogger logger, Balancing balancing, string error);

    [LoggerMessage(31, LogLevel.Information, "Dump of the hung worker, pid {ProcessId}: {File}", EventName = "HangDumpWritten")]
    internal static partial void HangDumpWritten(ILogger logger, int processId, string file);

    [LoggerMessage(32, LogLevel.Warning, "No dump of the hung worker, pid {ProcessId}: {Reason}", EventName = "HangDumpFailed")]
    internal static partial void HangDumpFailed(ILogger logger, int processId, string reason);

    [LoggerMessage(33, LogLevel.Information, "Cluster going to stop: it serves for another {Delay} (ShutdownDelay, which a second signal cuts short), then its workers have {Timeout} to finish.", EventName = "ClusterStopAnnounced")]
    internal static partial void StopAnnounced(ILogger logger, TimeSpan delay, TimeSpan timeout);

    [LoggerMessage(34, LogLevel.Warning, "Workers cannot hand connections to each other ({Error}); they are spread by the kernel's hash alone.", EventName = "HandOverRefused")]
    internal static partial void HandOverRefused(ILogger logger, string error);

    [LoggerMessage(80, LogLevel.Error, "Cluster not scaled to {Wanted} workers; {Workers} serve as before. {Reason}", EventName = "ScaleFailed")]
    internal static partial void ScaleFailed(ILogger logger, int wanted, int workers, string reason);

    [LoggerMessage(81, LogLevel.Error, "Worker cannot take the sockets of the new slots: slot {Slot}, pid {ProcessId}, generation {Generation}. It serves its own slot and no other. {Reason}", EventName = "SocketsRefused")]
    internal static partial void SocketsRefused(ILogger logger, int slot, int processId, int generation, string reason);

    [LoggerMessage(82, LogLevel.Warning, "{Message}", EventName = "DescriptorsScarce")]
    internal static partial void DescriptorsScarce(ILogger logger, string message);

    [LoggerMessage(60, LogLevel.Information, "Endpoint added: {EndPoint}, as the new generation asks for.", EventName = "EndpointAdded")]
    internal static partial void EndpointAdded(ILogger logger, string endPoint);

    [LoggerMessage(61, LogLevel.Information, "Endpoint given up: {EndPoint}, on which no generation that serves listens.", EventName = "EndpointGivenUp")]
    internal static partial void EndpointGivenUp(ILogger logger, string endPoint);

    [LoggerMessage(62, LogLevel.Warning, "The socket file {Path} was removed or replaced; it is put back. Every worker runs Program.cs: if that removes the file, let it do so only where ReclusterProcess.IsWorker is false.", EventName = "SocketFilePutBack")]
    internal static partial void SocketFilePutBack(ILogger logger, string path);

    [LoggerMessage(63, LogLevel.Error, "The socket file {Path} was removed or replaced and cannot be put back: {Reason}. {What}", EventName = "SocketFileLost")]
    internal static partial void SocketFileLost(ILogger logger, string path, string reason, string what);

    [LoggerMessage(64, LogLevel.Information, "The configuration has changed. {What}", EventName = "ConfigurationChanged")]
    internal static partial void ConfigurationChanged(ILogger logger, string what);

    internal static void KestrelChanged(ILogger logger) =>
        ConfigurationChanged(logger, "Endpoints and certificates (Kestrel, urls) stay as they are; a reload brings the change in.");

    internal static void OptionsChanged(ILogger logger) => ConfigurationChanged(
        logger,
        "Section Recluster: a reload brings in ReadyWhen, WarmUp, MaxRequests, MaxMemoryBytes, MaxAge and MinRecycleAge; any other option takes effect when the app is restarted.");

    [LoggerMessage(90, LogLevel.Warning, "A limit is lower than a worker needs: slot {Slot}, pid {ProcessId}, generation {Generation}: {Reason}, by the time that it may be replaced for it (MinRecycleAge). Raise the limit, or every worker is replaced again and again. This is said once for a generation.", EventName = "LimitTooLow")]
    internal static partial void LimitTooLow(ILogger logger, int slot, int processId, int generation, string reason);

    [LoggerMessage(91, LogLevel.Warning, "{Option} is no option of Recluster and has no effect.{Hint}", EventName = "UnknownOption")]
    internal static partial void UnknownOption(ILogger logger, string option, string hint);

    [LoggerMessage(50, LogLevel.Warning, "No cluster: {Reason}; {Signal} did nothing.", EventName = "SignalWithoutCluster")]
    internal static partial void SignalWithoutCluster(ILogger logger, string reason, string signal);

    [LoggerMessage(51, LogLevel.Warning, "The cluster is stopping; {Signal} did nothing.", EventName = "SignalWhileStopping")]
    internal static partial void SignalWhileStopping(ILogger logger, string signal);

    [LoggerMessage(52, LogLevel.Error, "Master service {Service} failed. The cluster goes on; the service is started again in {Seconds} s.", EventName = "MasterServiceFailed")]
    internal static partial void MasterServiceFailed(ILogger logger, string service, double seconds, Exception exception);

    [LoggerMessage(53, LogLevel.Information, "Master service {Service} runs again.", EventName = "MasterServiceRuns")]
    internal static partial void MasterServiceRuns(ILogger logger, string service);

    [LoggerMessage(54, LogLevel.Warning, "Master service {Service} has been in StartAsync for {Time}. The workers start when it has finished, or without it after StartTimeout ({Timeout}).", EventName = "MasterServiceSlow")]
    internal static partial void MasterServiceSlow(ILogger logger, string service, TimeSpan time, TimeSpan timeout);

    [LoggerMessage(55, LogLevel.Error, "Master service {Service} has not finished StartAsync within StartTimeout ({Timeout}). The cluster starts without it.", EventName = "MasterServiceNotStarted")]
    internal static partial void MasterServiceNotStarted(ILogger logger, string service, TimeSpan timeout);

    [LoggerMessage(56, LogLevel.Warning, "Master service {Service} has not stopped within HostOptions.ShutdownTimeout. The process ends without waiting for it.", EventName = "MasterServiceNotStopped")]
    internal static partial void MasterServiceNotStopped(ILogger logger, string service);

    [LoggerMessage(57, LogLevel.Critical, "Master service {Service} failed. The cluster stops, as MasterServiceFailure is StopCluster.", EventName = "MasterServiceEndsCluster")]
    internal static partial void MasterServiceEndsCluster(ILogger logger, string service, Exception exception);

    [LoggerMessage(58, LogLevel.Information, "Master service {Service} has completed.", EventName = "MasterServiceCompleted")]
    internal static partial void MasterServiceCompleted(ILogger logger, string service);

    [LoggerMessage(59, LogLevel.Error, "Master service {Service} failed while it was being stopped.", EventName = "MasterServiceFailedInStop")]
    internal static partial void MasterServiceFailedInStop(ILogger logger, string service, Exception exception);

    [LoggerMessage(65, LogLevel.Information, "The app has SignalR or Blazor Server, so Balancing is ClientAddress: all connections of a client address go to one worker. Behind a proxy all clients have the proxy's address and share one worker. Set Recluster:Balancing to choose.", EventName = "StickyByDefault")]
    internal static partial void StickyByDefault(ILogger logger);

    [LoggerMessage(66, LogLevel.Warning, "The app has SignalR or Blazor Server, and Balancing is {Balancing} with {Workers} workers: a client that negotiates with one worker and connects to another is answered 404. WebSockets with negotiation, server-sent events, long polling and Blazor Server pages fail in that way. Set Recluster:Balancing to ClientAddress, or let all clients use WebSockets with SkipNegotiation.", EventName = "StickyMissing")]
    internal static partial void StickyMissing(ILogger logger, Balancing balancing, int workers);

    [LoggerMessage(67, LogLevel.Warning, "Balancing by ClientAddress has no effect on {EndPoint}: a Unix domain socket, or a socket that a service manager handed over, is one socket for all workers.{Consequence} Use a TCP endpoint that the app opens itself, or one worker.", EventName = "StickyImpossible")]
    internal static partial void StickyImpossible(ILogger logger, string endPoint, string consequence);

    [LoggerMessage(75, LogLevel.Warning, "Worker stops: slot {Slot}, pid {ProcessId}, generation {Generation}: {Cause}. It serves until its successor is ready, which is started in {Seconds} s.", EventName = "WorkerStopsItself")]
    internal static partial void WorkerStopsItself(ILogger logger, int slot, int processId, int generation, string cause, double seconds);

    [LoggerMessage(76, LogLevel.Warning, "Worker stops: slot {Slot}, pid {ProcessId}, generation {Generation}: {Cause}. It serves until its successor is ready.", EventName = "WorkerStopsItselfAndIsSucceeded")]
    internal static partial void WorkerStopsItselfAndIsSucceeded(ILogger logger, int slot, int processId, int generation, string cause);

    [LoggerMessage(40, LogLevel.Information, "Workers run '{App}' in the folder '{Folder}' (taken from {Source}). Links on both paths are followed at each reload.", EventName = "WorkersStartIn")]
    internal static partial void WorkersStartIn(ILogger logger, string app, string folder, string source);

    [LoggerMessage(120, LogLevel.Information, "Generation {Generation} runs '{App}' in the folder '{Folder}', to its end.", EventName = "GenerationRuns")]
    internal static partial void GenerationRuns(ILogger logger, int generation, string app, string folder);

    [LoggerMessage(121, LogLevel.Warning, "The app's files have been changed since generation {Generation} began: {Change}. A worker of it that is started now runs the changed files. Until a reload succeeds no worker is replaced for MaxRequests, MaxMemoryBytes or MaxAge, and health is degraded. Put each release into a folder of its own and switch a link, or set Recluster:KeepRelease.", EventName = "ReleaseChanged")]
    internal static partial void ReleaseChanged(ILogger logger, int generation, string change);

    [LoggerMessage(122, LogLevel.Warning, "Worker runs changed files: slot {Slot}, pid {ProcessId}, generation {Generation}. Its code may be other than that of the workers which were started before the change.", EventName = "ChangedFilesRun")]
    internal static partial void ChangedFilesRun(ILogger logger, int slot, int processId, int generation);

    [LoggerMessage(123, LogLevel.Information, "Generation {Generation} runs a copy of '{Folder}': '{Copy}' (KeepRelease).", EventName = "ReleaseKept")]
    internal static partial void ReleaseKept(ILogger logger, int generation, string folder, string copy);

    [LoggerMessage(41, LogLevel.Warning, "Workers start in the folder '{Folder}'. If a deploy switches the link '{Link}', a reload still starts in this folder, with its settings and files. To follow the link, set Recluster:WorkerWorkingDirectory to the path of the folder through the link (under systemd, Environment=PWD=<that path> does the same). To stay in this folder, set it to this one.", EventName = "LinkNotFollowed")]
    internal static partial void LinkNotFollowed(ILogger logger, string folder, string link);

    [LoggerMessage(42, LogLevel.Warning, "{Signal} is ignored: this process is in the background of a terminal (after Ctrl-Z and bg, or by &), where the kernel sends this signal itself. To scale by signals, start the app in the foreground, with </dev/null or with setsid; or call IReclusterControl.ScaleAsync.", EventName = "TerminalSignalIgnored")]
    internal static partial void TerminalSignalIgnored(ILogger logger, PosixSignal signal);
}
