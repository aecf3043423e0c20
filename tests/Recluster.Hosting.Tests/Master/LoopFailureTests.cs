using CsCheck;
using Recluster.Protocol;
using Recluster.Supervisor;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Master;

/// <summary>What throws in the master costs no more than what it was to do.</summary>
public class LoopFailureTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    // What happens, which effects and log lines fail meanwhile (one in so many), and to whom it happens.
    private static readonly Gen<(int What, int Failing, int Whom)[]> AnyLife =
        Gen.Select(Gen.Int[0, 5], Gen.Int[1, 4], Gen.Int[0, 100]).Array[1, 25];

    [Fact]
    public async Task A_dead_worker_is_replaced_and_the_cluster_can_be_stopped_while_no_log_line_can_be_written()
    {
        using var harness = new LoopHarness(2);
        var workers = await harness.RunAsync();
        await harness.PassAsync(TimeSpan.FromSeconds(10));
        harness.Log.Fails = _ => true;

        workers[1].Process.Exit(ExitStatus.Exited(3));

        Assert.Equal(1, (await harness.NextWorkerAsync()).Slot);
        harness.Loop.Post(new Input.StopRequested(Timeout));
        await harness.Loop.Stopped.InTime();
    }

    [Fact]
    public async Task A_stop_that_throws_in_the_app_does_not_cost_the_worker_that_asked_for_it_its_channel()
    {
        using var harness = new LoopHarness(2);
        var workers = await harness.RunAsync();
        harness.Log.Fails = _ => true;
        harness.Loop.StopRequested = () => throw new InvalidOperationException("a callback of the app");

        workers[1].Send(new Message.End());
        workers[1].Send(new Message.Scale(7, 0));

        Assert.Equal(7, (await workers[1].ReceiveAsync<Message.Scaled>()).Request);
    }

    [Fact]
    public async Task All_act_before_any_is_told_of_it()
    {
        using var harness = new LoopHarness(1);
        var workers = await harness.RunAsync();
        await harness.PassAsync(TimeSpan.FromSeconds(10));
        var order = new List<string>();
        harness.Before = order.Add;
        harness.Log.Fails = name =>
        {
            order.Add(name);
            return false;
        };

        workers[0].Process.Exit(ExitStatus.Exited(3));
        await harness.NextWorkerAsync();
        await harness.SettleAsync();

        Assert.True(order.IndexOf("Start") < order.IndexOf("WorkerDied"), string.Join(", ", order));
    }

    [Fact]
    public async Task Sockets_that_cannot_be_resized_fail_the_scaling_and_not_the_cluster()
    {
        using var harness = new LoopHarness(1);
        await harness.RunAsync();
        harness.Before = act => _ = act == "Resize" ? throw new InvalidOperationException("a defect") : act;

        var result = await harness.Control.ScaleAsync(2).InTime();

        Assert.Equal(ScaleStatus.Failed, result.Status);
        Assert.Contains("a defect", result.Reason, StringComparison.Ordinal);
        Assert.Equal(1, (await harness.NextWorkerAsync()).Slot);
    }

    [Fact]
    public async Task An_input_that_the_supervisor_cannot_take_is_dropped_and_the_loop_lives()
    {
        using var harness = new LoopHarness(1);
        var workers = await harness.RunAsync();

        harness.Loop.Post(new Input.Settled(workers[0].Id, default));

        Assert.Contains("Settled", await harness.Log.NextAsync("InputFailed"), StringComparison.Ordinal);
        Assert.True((await harness.Control.ReloadAsync().InTime()).Succeeded);
    }

    [Fact]
    public async Task A_process_that_belongs_to_no_worker_is_killed()
    {
        using var harness = new LoopHarness(2);
        var workers = await harness.RunAsync();

        harness.Loop.Post(new Input.Exited(workers[1].Id, ExitStatus.Exited(0), []));
        harness.Loop.Post(new Input.Tick());
        await workers[1].Process.Exited.InTime();

        Assert.True(workers[1].Process.Killed.IsCompleted);
    }

    [Fact]
    public async Task A_loop_that_cannot_go_on_ends_the_process()
    {
        var broken = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var harness = new LoopHarness(new SupervisorSettings { Workers = 1, HeartbeatTimeout = TimeSpan.MaxValue });
        harness.Loop.FailFast = (_, error) => broken.TrySetResult(error);

        harness.Loop.Start(); // Once a worker is active, its deadlines cannot be computed.

        Assert.IsType<OverflowException>(await broken.Task.InTime());
    }

    [Fact]
    public async Task Whatever_throws_the_cluster_comes_back_to_its_full_number_and_can_be_stopped() =>
        await AnyLife.SampleAsync(LiveAsync, iter: 30);

    private static async Task LiveAsync((int What, int Failing, int Whom)[] life)
    {
        using var harness = new LoopHarness(3);
        var workers = (await harness.RunAsync()).ToList();
        var acts = 0;
        var oneIn = 1;
        harness.Before = act => _ = Fails() ? throw new IOException("an effect fails") : act;
        harness.Log.Fails = _ => Fails();
        foreach (var (what, failing, whom) in life)
        {
            oneIn = failing;
            while (harness.TryNextWorker(out var worker))
            {
                workers.Add(worker!);
            }

            switch (what)
            {
                case 0:
                    workers[whom % workers.Count].Process.Exit(ExitStatus.Exited(3));
                    break;
                case 1:
                    _ = harness.Control.ReloadAsync();
                    break;
                case 2:
                    _ = harness.Control.ScaleAsync(1 + (whom % 5));
                    break;
                case 3:
                    workers[whom % workers.Count].Send(new Message.Beat(false, false));
                    break;
                case 4:
                    harness.Loop.Post(new Input.Settled(workers[whom % workers.Count].Id, default));
                    break;
                default:
                    await harness.PassAsync(TimeSpan.FromSeconds(1));
                    break;
            }

            await harness.SettleAsync();
        }

        oneIn = int.MaxValue;
        for (var second = 0; second < 200 && harness.Loop.Snapshot.ActiveWorkers is var active && (active.Count == 0 || active.Contains(null)); second++)
        {
            await harness.PassAsync(TimeSpan.FromSeconds(1));
        }

        Assert.DoesNotContain(null, harness.Loop.Snapshot.ActiveWorkers);
        harness.Loop.Post(new Input.StopRequested(Timeout));
        await harness.Loop.Stopped.InTime();

        bool Fails() => Interlocked.Increment(ref acts) % oneIn == 0;
    }
}
