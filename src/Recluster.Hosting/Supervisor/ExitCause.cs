using System.Globalization;

namespace Recluster.Supervisor;

/// <summary>Says in words how a worker ended.</summary>
internal static class ExitCause
{
    private const int SigKill = 9;

    // signal(7), Linux on x64 and arm64.
    private static readonly Dictionary<int, string> SignalNames = new()
    {
        [1] = "SIGHUP",
        [2] = "SIGINT",
        [3] = "SIGQUIT",
        [4] = "SIGILL",
        [5] = "SIGTRAP",
        [6] = "SIGABRT",
        [7] = "SIGBUS",
        [8] = "SIGFPE",
        [SigKill] = "SIGKILL",
        [10] = "SIGUSR1",
        [11] = "SIGSEGV",
        [12] = "SIGUSR2",
        [13] = "SIGPIPE",
        [14] = "SIGALRM",
        [15] = "SIGTERM",
        [24] = "SIGXCPU",
        [25] = "SIGXFSZ",
        [31] = "SIGSYS",
    };

    /// <summary>How an app comes to stop its own host.</summary>
    internal const string StoppedItself = "the app stopped itself (StopApplication, StopAsync, or a hosted service that threw)";

    /// <summary>
    /// With what it waited for, if it never got ready: that is mostly why. A signal that the master did not send is the cause by itself: a host
    /// whose start failed stops its background services too.
    /// </summary>
    internal static string Describe(WorkerState worker, ExitStatus status, SupervisorSettings settings) =>
        (worker.StopsItself && (status.ExitCode is not null || worker.Killed is not null) ? StoppedItself + ": " : "")
        + How(worker, status, settings)
        + (worker is { ReadyAt: null, WaitingFor: { } what, Killed: null or KillReason.StartTimeout } ? $"; it waited for {what}" : "")
        + (worker is { ReadyAt: null, WaitingFor: null, Killed: KillReason.StartTimeout } ? "; it had not come to app.Run()" : "");

    private static string How(WorkerState worker, ExitStatus status, SupervisorSettings settings) => status switch
    {
        { Error: { } error } => $"it could not be started: {error}",
        { IsAlive: true } when worker.Killed is { } reason =>
            Killed(reason, worker, settings) + Invariant($"; it is still there {settings.KillPatience.TotalSeconds} s after SIGKILL"),
        { ExitCode: 0 } when worker is { ReadyAt: null, Killed: null, StopsItself: false } => "exit code 0 before it was ready (Program.cs came to its end)",
        { ExitCode: 0 } when worker is { Phase: not ReclusterWorkerPhase.Draining, Killed: null, StopsItself: false } =>
            "exit code 0 though nobody had told it to stop (Program.cs came to its end)",
        { ExitCode: { } code } => Invariant($"exit code {code}"),
        { Signal: SigKill } when worker.Killed is { } reason => Killed(reason, worker, settings),
        { Signal: SigKill, OutOfMemory: true } =>
            "signal SIGKILL, probably by the kernel for want of memory (its cgroup has just counted such a kill)",
        { Signal: SigKill, OutOfMemory: false } =>
            "signal SIGKILL, not sent by the master; probably not for want of memory (its cgroup has counted no such kill)",
        { Signal: SigKill } => "signal SIGKILL, not sent by the master (probably by the kernel, for want of memory)",
        { Signal: 6 } => "signal SIGABRT (an unhandled exception, or a fatal error of the runtime)",
        { Signal: 7 } => "signal SIGBUS (a file it had mapped was overwritten in place? deploy by rename)",
        { Signal: 31 } => "signal SIGSYS (it made a system call that a filter forbids: SystemCallFilter of the systemd unit, or the container's seccomp profile)",
        { Signal: { } signal } => "signal " + SignalNames.GetValueOrDefault(signal, signal.ToString(CultureInfo.InvariantCulture)),
        _ => "how it ended is not known, since somebody else took its exit status: as PID 1 the .NET runtime does, once Program.cs or the app "
            + "in the master has started a process (docker run --init puts another process there; Linux 6.15 and later keep the status)",
    };

    private static string Killed(KillReason reason, WorkerState worker, SupervisorSettings settings) => reason switch
    {
        KillReason.StartTimeout => $"timeout, it was not ready within StartTimeout ({settings.StartTimeout}) and was killed",
        KillReason.HeartbeatTimeout => $"timeout, it was not heard of within HeartbeatTimeout ({settings.HeartbeatTimeout}) and was killed",
        KillReason.HungAndSucceeded =>
            $"timeout, it was not heard of within HeartbeatTimeout ({settings.HeartbeatTimeout}) and was killed; its successor serves",
        KillReason.DrainTimeout when worker.IsFinishing => $"timeout, it had not finished within {settings.FinishTimeout} of being told to and was killed",
        KillReason.DrainTimeout => $"timeout, it was still there after DrainTimeout ({settings.DrainTimeout}) and was killed",
        KillReason.Stopped => "killed, the cluster was stopping",
        KillReason.Superseded => "killed, its generation is not wanted any more",
        KillReason.RolledBack =>
            $"timeout, its generation was rolled back, it did not exit within HostOptions.ShutdownTimeout ({settings.ShutdownTimeout}), and was killed",
        KillReason.Terminated => "killed by TerminateAsync",
        KillReason.StartsAgain => "killed, to start again with the endpoints that it asked for",
        KillReason.Refused => $"killed, {worker.Refusal}",
        KillReason.StoppedItself => "killed, it had begun to stop and did not exit",
        KillReason.LostChannel => "killed, it had closed its control channel or sent what is no message",
        _ => "killed",
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
