using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>Connections are evened out over the workers, and none is lost on the way from one to another.</summary>
[Collection(LoadCollection.Name)]
public class HandOverTests
{
    // Of those on their way to one worker; HandOverRule.MostWaiting.
    private const int MostWaiting = 16;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Keep_alive_connections_end_up_with_all_workers_alike(bool overUnixSocket)
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await StartAsync(folder, workers: 4);
        await using var connections = await OpenAsync(overUnixSocket ? Unix(folder) : cluster.Target, 64);

        Assert.All(connections.BySlot(4), count => Assert.InRange(count, 14, 18));
    }

    [Fact]
    public async Task A_respawned_worker_gets_its_share_of_what_comes_then()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await StartAsync(folder, workers: 2);
        await using var before = await OpenAsync(cluster.Target, 20);
        var victim = before.Answers.First(who => who.Slot == 1).Pid;

        Posix.Signal(victim, Posix.SigKill);
        await cluster.WorkersWhenAsync(workers => workers.Any(worker =>
            worker.Slot == 1 && worker.ProcessId != victim && worker.Phase == ReclusterWorkerPhase.Active));
        await using var after = await OpenAsync(cluster.Target, 30);

        // 10 of the first are left with slot 0: together 20 each.
        Assert.InRange(after.BySlot(2)[1], 12, 26);
    }

    [Fact]
    public async Task After_scaling_in_connections_are_shared_by_those_that_are_left()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await StartAsync(folder, workers: 3);

        await cluster.RequestAsync("/admin/scale?n=2", "POST");
        await cluster.WorkersWhenAsync(workers => workers.Length == 2);
        await using var connections = await OpenAsync(cluster.Target, 20);

        Assert.All(connections.BySlot(2), count => Assert.InRange(count, 8, 12));
    }

    [Theory]
    [InlineData(Posix.SigKill)]
    [InlineData(Posix.SigCont)]
    public async Task Connections_on_their_way_to_a_stopped_worker_are_few_and_served_when_it_dies_or_goes_on(int then)
    {
        // Over the Unix domain socket only the living worker accepts: what the other gets, it gets by hand-over.
        using var folder = new TemporaryFolder();
        await using var cluster = await StartAsync(folder, workers: 2);
        var stopped = (await cluster.AllSlotsAsync())[1].Pid;
        await cluster.WorkersAsync(); // A round trip, in which it says that it has received what those connections handed over.
        Posix.Signal(stopped, Posix.SigStop);
        await Eventually.TrueAsync(() => ProcessTable.IsStopped(stopped), () => $"process {stopped} stopped");
        await using var held = await HeldUpConnections.OpenAsync(Unix(folder));

        Posix.Signal(stopped, then);

        Assert.Equal(then == Posix.SigCont ? MostWaiting : 0, (await held.AnswersAsync()).Count(who => who.Pid == stopped));
    }

    [Fact]
    public async Task Connections_on_their_way_to_a_worker_that_can_open_no_descriptor_wait_until_it_can()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await StartAsync(folder, workers: 2);
        var full = (await cluster.AllSlotsAsync())[1].Pid;
        await cluster.WorkersAsync();
        var before = Posix.LimitDescriptors(full, 1);
        await using var held = await HeldUpConnections.OpenAsync(Unix(folder));

        Posix.LimitDescriptors(full, before);

        Assert.Equal(MostWaiting, (await held.AnswersAsync()).Count(who => who.Pid == full));
    }

    [Fact]
    public async Task Killing_workers_under_a_stream_of_keep_alive_connections_loses_only_what_was_inside_them()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await StartAsync(folder, workers: 3);
        var slots = await cluster.AllSlotsAsync(3);
        var asking = new List<Task<ZooIdentity?>>();

        for (var i = 0; i < 300; i++)
        {
            if (i == 150)
            {
                Posix.Signal(slots[1].Pid, Posix.SigKill);
            }

            asking.Add(AskAsync(cluster.Target));
            if (i % 10 == 0)
            {
                await asking[^1];
            }
        }

        // At most 10 were being asked at the moment of the kill.
        Assert.InRange((await Task.WhenAll(asking)).Count(who => who is null), 0, 10);
        await cluster.Log.WaitForAsync("Worker died: slot 1");
        Assert.Equal(1, cluster.Log.Count("Worker died"));
    }

    private static Task<ClusterProcess> StartAsync(TemporaryFolder folder, int workers) => ClusterProcess.StartAsync(new()
    {
        Urls = $"http://127.0.0.1:0;http://unix:{folder.File("app.sock")}",
        Workers = workers,
        Arguments = ["--Recluster:MaxConcurrentStarts=2"],
    });

    private static LoadTarget Unix(TemporaryFolder folder) => LoadTarget.Unix(folder.File("app.sock"));

    private static async Task<OpenConnections> OpenAsync(LoadTarget target, int count)
    {
        var open = new OpenConnections();
        for (var i = 0; i < count; i++)
        {
            await open.AddAsync(target);
        }

        return open;
    }

    private static async Task<ZooIdentity?> AskAsync(LoadTarget target)
    {
        try
        {
            return ClusterProcess.Parse<ZooIdentity>(await HttpConnection.SendOnceAsync(target, "/", Eventually.Limit));
        }
        catch (RequestFailedException)
        {
            return null;
        }
    }

    /// <summary>So many that some are on their way to a worker that does not take them, while all others are answered.</summary>
    private sealed class HeldUpConnections : IAsyncDisposable
    {
        private const int Clients = 60;

        private readonly HttpConnection[] _connections;
        private readonly Task<HttpResponse>[] _answers;

        private HeldUpConnections(HttpConnection[] connections)
        {
            _connections = connections;
            _answers = [.. connections.Select(connection => connection.SendAsync("/", Eventually.Limit))];
        }

        internal static async Task<HeldUpConnections> OpenAsync(LoadTarget target)
        {
            var asking = Enumerable.Range(0, Clients).Select(_ => HttpConnection.OpenAsync(target, Eventually.Limit)).ToArray();
            var held = new HeldUpConnections(await Task.WhenAll(asking));
            await Eventually.TrueAsync(
                () => held._answers.Count(answer => answer.IsCompleted) == Clients - MostWaiting,
                () => $"{held._answers.Count(answer => answer.IsCompleted)} of {Clients} answered while {MostWaiting} wait");
            return held;
        }

        internal async Task<ZooIdentity[]> AnswersAsync() => [.. (await Task.WhenAll(_answers)).Select(ClusterProcess.Parse<ZooIdentity>)];

        public async ValueTask DisposeAsync()
        {
            foreach (var connection in _connections)
            {
                await connection.DisposeAsync();
            }
        }
    }

    private sealed class OpenConnections : IAsyncDisposable
    {
        private readonly List<HttpConnection> _connections = [];

        internal List<ZooIdentity> Answers { get; } = [];

        internal async Task AddAsync(LoadTarget target)
        {
            _connections.Add(await HttpConnection.OpenAsync(target, Eventually.Limit));
            Answers.Add(ClusterProcess.Parse<ZooIdentity>(await _connections[^1].SendAsync("/", Eventually.Limit)));
        }

        internal int[] BySlot(int slots) => [.. Enumerable.Range(0, slots).Select(slot => Answers.Count(who => who.Slot == slot))];

        public async ValueTask DisposeAsync()
        {
            foreach (var connection in _connections)
            {
                await connection.DisposeAsync();
            }
        }
    }
}
