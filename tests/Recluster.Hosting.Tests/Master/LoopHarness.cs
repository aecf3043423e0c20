using System.Threading.Channels;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Recluster.Hosting.Tests.Supervisor;
using Recluster.Hosting.Tests.Support;
using Recluster.Master;
using Recluster.Processes;
using Recluster.Releases;
using Recluster.Supervisor;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Master;

/// <summary>The real loop over fake workers and a fake clock. The harness is the loop's IWorkerStarter, IClusterSockets and IReleases.</summary>
internal sealed class LoopHarness : IWorkerStarter, IClusterSockets, IReleases, IDisposable
{
    private readonly Channel<FakeWorker> _started = Channel.CreateUnbounded<FakeWorker>();
    private int _marker = 10_000_000;

    internal LoopHarness(SupervisorSettings settings, IHangDump? dump = null)
    {
        Settings = settings;
        Loop = new ClusterLoop(settings, this, this, this, dump, Time, Log);
        Control = new MasterControl(Loop, Lifetime);
    }

    internal LoopHarness(int workers)
        : this(ClusterDriver.Settings(workers))
    {
    }

    internal SupervisorSettings Settings { get; }

    internal FakeTimeProvider Time { get; } = new();

    internal RecordingLogger Log { get; } = new();

    internal ClusterLoop Loop { get; }

    internal MasterControl Control { get; }

    internal ApplicationLifetime Lifetime { get; } = new(NullLogger<ApplicationLifetime>.Instance);

    /// <summary>What the sockets were last told.</summary>
    internal (int Listening, int Slots) Size { get; private set; }

    /// <summary>What the workers started from now on do by themselves.</summary>
    internal FakeWorker.Manners Manners { get; set; } = FakeWorker.Manners.Obedient;

    /// <summary>Thrown instead of starting a worker, while it is set.</summary>
    internal Exception? StartFailure { get; set; }

    /// <summary>Called before each act that the loop asks for, by its name. What it throws is what the act throws.</summary>
    internal Action<string> Before { get; set; } = _ => { };

    public IChildProcess Start(long worker, int slot, int generation)
    {
        Before(nameof(Start));
        if (StartFailure is { } failure)
        {
            throw failure;
        }

        var fake = new FakeWorker(worker, slot, generation, Manners);
        _started.Writer.TryWrite(fake);
        return fake.Process;
    }

    /// <summary>The generations whose releases were forgotten.</summary>
    internal List<int> Forgotten { get; } = [];

    /// <summary>What has been changed of every release.</summary>
    internal string? Change { get; set; }

    /// <summary>Why a release cannot be copied.</summary>
    internal string? KeepFailure { get; set; }

    public Task<string?> KeepAsync(int generation)
    {
        Before(nameof(KeepAsync));
        return Task.FromResult(KeepFailure);
    }

    public string? ChangeOf(int generation) => Change;

    public void Forget(int generation) => Forgotten.Add(generation);

    /// <summary>How often the sockets were told to close.</summary>
    internal int Closed { get; private set; }

    public void Close()
    {
        Closed++;
        Before(nameof(Close));
    }

    /// <summary>Why no more sockets can be opened, while it is set.</summary>
    internal string? ReserveFailure { get; set; }

    public string? Reserve(int slots)
    {
        Before(nameof(Reserve));
        return ReserveFailure;
    }

    /// <summary>What the sockets answer to a worker that asks for an endpoint.</summary>
    internal EndpointAnswer Answer { get; set; } = new("tcp:127.0.0.1:8081");

    /// <summary>The endpoints that were last to be kept.</summary>
    internal IReadOnlyList<string>? Kept { get; private set; }

    /// <summary>The places of those that were given up for it.</summary>
    internal IReadOnlyList<int> GivenUp { get; set; } = [];

    /// <summary>What is wrong with the files of the sockets.</summary>
    internal string? LostFile { get; set; }

    public bool Rebind() => true;

    public string? CheckFiles()
    {
        Before(nameof(CheckFiles));
        return LostFile;
    }

    public Task<EndpointAnswer> ReserveAsync(string key) => Task.FromResult(Answer);

    public IReadOnlyList<int> Keep(IReadOnlyList<string> keys)
    {
        Before(nameof(Keep));
        Kept = keys;
        return GivenUp;
    }

    public void Resize(int listeningSlots, int slots)
    {
        Before(nameof(Resize));
        Size = (listeningSlots, slots);
    }

    public void Dispose() => Loop.Dispose();

    internal Task<FakeWorker> NextWorkerAsync() => _started.Reader.ReadAsync().InTime();

    internal bool TryNextWorker(out FakeWorker? worker) => _started.Reader.TryRead(out worker);

    /// <summary>Started, with obedient workers in slots 0 to N-1.</summary>
    internal async Task<FakeWorker[]> RunAsync()
    {
        Loop.Start();
        var workers = new FakeWorker[Settings.Workers];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = await NextWorkerAsync();
        }

        await Loop.Started.InTime();
        return workers;
    }

    /// <summary>Completes when the loop has dealt with everything that was in its inbox: a marker has gone through it.</summary>
    internal async Task SettleAsync(FakeWorker living)
    {
        var marker = ++_marker;
        Loop.Post(new Input.Started(living.Id, marker));
        while (!(await Log.NextAsync("WorkerStarted")).Contains($"pid {marker}", StringComparison.Ordinal))
        {
        }
    }

    /// <summary>Completes when the loop has dealt with everything that was in its inbox, and has set its timer anew.</summary>
    internal async Task SettleAsync()
    {
        await Control.ScaleAsync(0).InTime();
        await Control.ScaleAsync(0).InTime(); // The first is answered within its step, the second after that.
    }

    /// <summary>Lets time pass in steps in which the loop sees all of it.</summary>
    internal async Task PassAsync(TimeSpan time)
    {
        for (var rest = time; rest > TimeSpan.Zero; rest -= AttendedTime.Punctuality)
        {
            await SettleAsync();
            Time.Advance(rest < AttendedTime.Punctuality ? rest : AttendedTime.Punctuality);
        }
    }

    /// <summary>Lets time pass until the task is done.</summary>
    internal async Task<T> PassTimeUntilAsync<T>(Task<T> done)
    {
        for (var second = 0; second < 100 && !done.IsCompleted; second++)
        {
            await PassAsync(TimeSpan.FromSeconds(1));
        }

        return await done.InTime();
    }

    /// <summary>Reads one worker's messages until the master publishes a snapshot of which this is true.</summary>
    internal static async Task<Protocol.ClusterSnapshot> SnapshotAsync(FakeWorker worker, Func<Protocol.ClusterSnapshot, bool> isTheOne)
    {
        while (true)
        {
            var snapshot = Protocol.ClusterSnapshot.FromJson((await worker.ReceiveAsync<Protocol.Message.Cluster>()).Json);
            if (isTheOne(snapshot))
            {
                return snapshot;
            }
        }
    }
}
