using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>The kernel sends SIGTTIN and SIGTTOU to jobs in the background of a terminal; that is no order to scale.</summary>
[Collection(LoadCollection.Name)]
public class TerminalTests
{
    [Fact]
    public async Task Ctrl_Z_and_bg_cost_no_worker()
    {
        await using var terminal = new TerminalSession();
        await terminal.StartZooAsync();

        await terminal.TypeAsync("\x1a");
        await terminal.Log.WaitForAsync("Stopped");
        var master = terminal.MasterPid;
        await terminal.TypeAsync("bg\n");

        // When the runtime goes on it changes the terminal's settings, for which the kernel sends SIGTTOU; it takes its own handler away before it puts
        // ours back, and a signal in between stops the process once more. A person types bg again.
        await Eventually.TrueAsync(
            () =>
            {
                Posix.Signal(master, ProcessTable.IsStopped(master) ? Posix.SigCont : Posix.SigTtou);
                return terminal.Log.Count("SIGTTOU is ignored: this process is in the background of a terminal") == 1;
            },
            () => "the master in the background; the terminal shows:\n" + terminal.Log.Text);

        Assert.Equal((0, 3), (terminal.Log.Count("Cluster scaled"), terminal.Zoo.Count));
        await terminal.TypeAsync("fg\n");
        await Eventually.TrueAsync(() => ProcessTable.IsInForeground(master), () => "the master in the foreground again");
        Posix.Signal(master, Posix.SigTtou);
        await terminal.Log.WaitForAsync("Cluster scaled: from 2 to 1 workers");
    }

    [Fact]
    public async Task Without_the_terminal_as_input_a_job_in_the_background_is_scaled_by_signals()
    {
        await using var terminal = new TerminalSession();
        await terminal.StartZooAsync("</dev/null &");

        Posix.Signal(terminal.MasterPid, Posix.SigTtin);

        await terminal.Log.WaitForAsync("Cluster scaled: from 2 to 3 workers");
    }

    [Fact]
    public async Task Workers_write_to_a_terminal_that_stops_background_output()
    {
        await using var terminal = new TerminalSession();
        await terminal.TypeAsync("stty tostop\n");

        await terminal.StartZooAsync();

        Assert.Equal(3, terminal.Zoo.Count);
    }
}
