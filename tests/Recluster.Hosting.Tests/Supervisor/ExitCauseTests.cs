using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class ExitCauseTests
{
    private static readonly WorkerState Worker = new() { Id = 1, Slot = 0, Generation = 1, StartedAt = TimeSpan.Zero };

    [Theory]
    [InlineData(1, "exit code 1")]
    [InlineData(139, "exit code 139")]
    public void An_exit_is_told_by_its_code(int code, string expected) =>
        Assert.Equal(expected, Describe(Worker, ExitStatus.Exited(code)));

    [Fact]
    public void Exit_code_0_of_a_worker_that_nobody_had_told_to_go_is_told_as_what_it_is_with_a_hint()
    {
        var ready = Worker with { Phase = ReclusterWorkerPhase.Active, ReadyAt = TimeSpan.FromSeconds(1) };
        var draining = ready with { Phase = ReclusterWorkerPhase.Draining };

        Assert.Equal("exit code 0 before it was ready (Program.cs came to its end)", Describe(Worker, ExitStatus.Exited(0)));
        Assert.Equal("exit code 0 though nobody had told it to stop (Program.cs came to its end)", Describe(ready, ExitStatus.Exited(0)));
        Assert.Equal("exit code 0", Describe(draining, ExitStatus.Exited(0)));
        Assert.All([Worker, ready], worker =>
            Assert.Contains("Console.ReadLine()", ExitHint.OfEnd(worker, ExitStatus.Exited(0)), StringComparison.Ordinal));
        Assert.Empty(ExitHint.OfEnd(draining, ExitStatus.Exited(0)));
        Assert.Empty(ExitHint.OfEnd(Worker, ExitStatus.Exited(1)));
    }

    [Fact]
    public void A_worker_killed_at_StartTimeout_that_has_not_said_what_it_waits_for_had_not_come_to_its_host()
    {
        var silent = Worker with { Phase = ReclusterWorkerPhase.Killed, Killed = KillReason.StartTimeout };
        var waiting = silent with { WaitingFor = "its warm-up to end" };

        Assert.EndsWith("; it had not come to app.Run()", Describe(silent, ExitStatus.Signaled(9)), StringComparison.Ordinal);
        Assert.Contains("a lock, a migration", ExitHint.OfEnd(silent, ExitStatus.Signaled(9)), StringComparison.Ordinal);
        Assert.EndsWith("; it waited for its warm-up to end", Describe(waiting, ExitStatus.Signaled(9)), StringComparison.Ordinal);
        Assert.Empty(ExitHint.OfEnd(waiting, ExitStatus.Signaled(9)));
    }

    [Theory]
    [InlineData(11, "signal SIGSEGV")]
    [InlineData(15, "signal SIGTERM")]
    [InlineData(6, "signal SIGABRT (an unhandled exception, or a fatal error of the runtime)")]
    [InlineData(7, "signal SIGBUS (a file it had mapped was overwritten in place? deploy by rename)")]
    [InlineData(9, "signal SIGKILL, not sent by the master (probably by the kernel, for want of memory)")]
    [InlineData(35, "signal 35")]
    public void A_signal_is_told_by_its_name_and_by_what_it_mostly_means(int signal, string expected) =>
        Assert.Equal(expected, Describe(Worker, ExitStatus.Signaled(signal)));

    [Theory]
    [InlineData(nameof(KillReason.StartTimeout), "timeout, it was not ready within StartTimeout (00:01:00) and was killed; it had not come to app.Run()")]
    [InlineData(nameof(KillReason.DrainTimeout), "timeout, it was still there after DrainTimeout (01:00:00) and was killed")]
    [InlineData(nameof(KillReason.Stopped), "killed, the cluster was stopping")]
    [InlineData(nameof(KillReason.Superseded), "killed, its generation is not wanted any more")]
    [InlineData(nameof(KillReason.RolledBack), "timeout, its generation was rolled back, it did not exit within HostOptions.ShutdownTimeout (00:00:30), and was killed")]
    [InlineData(nameof(KillReason.Terminated), "killed by TerminateAsync")]
    [InlineData(nameof(KillReason.LostChannel), "killed, it had closed its control channel or sent what is no message")]
    public void A_kill_by_the_master_is_told_by_its_reason(string reason, string expected) =>
        Assert.Equal(expected, Describe(Worker with { Killed = Enum.Parse<KillReason>(reason) }, ExitStatus.Signaled(9)));

    [Fact]
    public void Every_reason_to_kill_has_words_of_its_own()
    {
        var texts = Enum.GetValues<KillReason>().Select(reason => Describe(Worker with { Killed = reason }, ExitStatus.Signaled(9))).ToArray();

        Assert.Equal(texts.Length, texts.Distinct().Count());
        Assert.DoesNotContain("killed", texts);
    }

    [Theory]
    [InlineData(true, "signal SIGKILL, probably by the kernel for want of memory (its cgroup has just counted such a kill)")]
    [InlineData(false, "signal SIGKILL, not sent by the master; probably not for want of memory (its cgroup has counted no such kill)")]
    public void A_SIGKILL_that_the_master_did_not_send_is_told_by_what_the_cgroup_has_counted(bool counted, string expected) =>
        Assert.Equal(expected, Describe(Worker, ExitStatus.Signaled(9) with { OutOfMemory = counted }));

    [Fact]
    public void A_worker_that_ended_by_itself_before_the_kill_reached_it_is_told_by_how_it_ended() =>
        Assert.Equal("signal SIGSEGV", Describe(Worker with { Killed = KillReason.LostChannel }, ExitStatus.Signaled(11)));

    [Fact]
    public void A_worker_that_ended_before_it_was_ready_is_told_with_what_it_waited_for()
    {
        var waiting = Worker with { WaitingFor = "its warm-up" };

        Assert.Equal("exit code 1; it waited for its warm-up", Describe(waiting, ExitStatus.Exited(1)));
        Assert.Equal(
            "timeout, it was not ready within StartTimeout (00:01:00) and was killed; it waited for its warm-up",
            Describe(waiting with { Killed = KillReason.StartTimeout }, ExitStatus.Signaled(9)));
        Assert.Equal("exit code 1", Describe(waiting with { ReadyAt = TimeSpan.Zero }, ExitStatus.Exited(1)));
    }

    [Fact]
    public void A_worker_that_was_never_started_is_told_by_the_error() =>
        Assert.Equal("it could not be started: no such file", Describe(Worker, ExitStatus.NotStarted("no such file")));

    [Fact]
    public void A_worker_that_was_reaped_by_somebody_else_ended_in_an_unknown_way() =>
        Assert.StartsWith("how it ended is not known, since somebody else took its exit status", Describe(Worker, default), StringComparison.Ordinal);

    private static string Describe(WorkerState worker, ExitStatus status) =>
        ExitCause.Describe(worker, status, ClusterDriver.Settings(1));
}
