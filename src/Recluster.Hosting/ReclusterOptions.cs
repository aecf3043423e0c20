using Microsoft.Extensions.Hosting;

namespace Recluster;

/// <summary>
/// Options of the cluster. Set in code (<c>AddRecluster(o => ...)</c>) and from the configuration section "Recluster", which wins,
/// so that an operator can change what the code proposes (<c>Recluster__Workers=8</c>). A list in the configuration takes the place of the
/// code's; an empty value there is null. Read once, at start.
/// </summary>
public sealed class ReclusterOptions
{
    /// <summary>The name of the configuration section.</summary>
    public const string SectionName = "Recluster";

    /// <summary>
    /// Whether to cluster. Null (the default) decides by itself: a cluster on Linux under Kestrel; single-process mode elsewhere,
    /// under a test host, <c>dotnet watch</c> or a debugger. True insists where that is possible at all (Linux and Kestrel);
    /// false runs the app as if the library were absent.
    /// </summary>
    public bool? Enabled { get; set; }

    /// <summary>How many workers, and so slots. Default: the number of processors. Range: 1 to 512.</summary>
    public int Workers { get; set; } = Math.Min(Environment.ProcessorCount, ReclusterLimits.MaxWorkers);

    /// <summary>
    /// The least time between two starts of a worker in the same slot, when workers die. A worker that lived longer is replaced at
    /// once. After a first death it is at least 100 ms. Default: 1 second. Range: 0 to 1 day.
    /// </summary>
    public TimeSpan RespawnDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// While a slot's workers keep dying, its delay doubles with each death up to this, and halves as they stay alive. Null keeps
    /// it at <see cref="RespawnDelay"/>. Default: 30 seconds. Range: <see cref="RespawnDelay"/> to 1 day.
    /// </summary>
    public TimeSpan? MaxRespawnDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What becomes of the cluster when a service of <c>AddReclusterMasterService</c> fails: <see cref="MasterServiceFailure.Restart"/> (the
    /// default) starts it again and the cluster goes on, <see cref="MasterServiceFailure.StopCluster"/> stops the cluster in order with an exit
    /// code that is not zero. HostOptions.BackgroundServiceExceptionBehavior has no effect on these services in a cluster.
    /// </summary>
    public MasterServiceFailure MasterServiceFailure { get; set; }

    /// <summary>
    /// The longest a worker may take from its start until it is ready. Then it is killed, and the reload that started it is rolled
    /// back. Default: 60 seconds. Range: above 0, to 1 day.
    /// </summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The longest a replaced worker may take to finish what it has. Then what is left is closed, over <see cref="CloseSpread"/>: a WebSocket
    /// gets a close frame (1001), an event stream its end; what is still there a second later is aborted, and after another second the process is
    /// killed. Null (the default): 1 second in the Development environment, 1 hour elsewhere. Range: 0 to 30 days.
    /// </summary>
    public TimeSpan? DrainTimeout { get; set; }

    /// <summary>
    /// Over how long the connections that are left at <see cref="DrainTimeout"/> are closed, in random order, so that their clients do not
    /// all connect again in one instant. At most as long as DrainTimeout itself. Zero: all at once. Default: 10 seconds. Range: 0 to 1 hour.
    /// </summary>
    public TimeSpan CloseSpread { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the cluster goes on serving when it has been told to stop, while its health check says unhealthy, for load balancers that
    /// need a moment to turn elsewhere. The host's shutdown timeout begins after it. A second signal cuts it short. Default: 0. Range: 0 to 1 hour.
    /// </summary>
    public TimeSpan ShutdownDelay { get; set; }

    /// <summary>
    /// How many workers may be starting at the same moment, at start, reload and after a mass crash alike. Starting a .NET process
    /// takes a core for a good part of a second, which the serving workers lack. Default: half the processors, at least 1.
    /// Range: 1 to 512.
    /// </summary>
    public int MaxConcurrentStarts { get; set; } = Math.Clamp(Environment.ProcessorCount / 2, 1, ReclusterLimits.MaxWorkers);

    /// <summary>
    /// How far <see cref="IReclusterControl.ScaleAsync"/> and SIGTTIN may scale out. A socket a slot is bound for them at start.
    /// Null (the default): <see cref="Workers"/>, but at least 64. Range: <see cref="Workers"/> to 512.
    /// </summary>
    public int? MaxWorkers { get; set; }

    /// <summary>
    /// When a worker counts as ready. Null (the default): <see cref="Recluster.ReadyWhen.Listening"/> for a web app,
    /// <see cref="Recluster.ReadyWhen.Started"/> for a host without Kestrel.
    /// </summary>
    public ReadyWhen? ReadyWhen { get; set; }

    /// <summary>
    /// How many new workers a reload has beside the old at most. Null (the default): as many as there are workers, so that all are
    /// ready before any is switched. Fewer roll through the slots: the first is the canary, and a failure stops the roll, with the slots
    /// behind it on the new generation. Range: 1 to 512.
    /// </summary>
    public int? MaxSurge { get; set; }

    /// <summary>
    /// How long a new worker has to stay up after it is ready before a reload counts it. Default: 0. Range: 0 to 1 hour.
    /// </summary>
    public TimeSpan MinUptime { get; set; }

    /// <summary>
    /// After so many failures in one slot the first start is given up and the host fails. Later a dying worker is replaced for
    /// ever, with backoff. Default: 3. Range: 1 to 1000.
    /// </summary>
    public int MaxStartFailures { get; set; } = 3;

    /// <summary>
    /// How many old generations may drain beside each other: in each slot so many workers, whether a reload or recycling replaced them. When
    /// one more would, the oldest is told to finish within 10
    /// seconds: long-lived requests get their goodbye, idle connections are closed at the end, then what is left is aborted. Default: 2. Range: 1 to 100.
    /// </summary>
    public int MaxDrainingGenerations { get; set; } = 2;

    /// <summary>
    /// A worker not heard of for half of this is relieved (a sibling accepts in its place), for all of it replaced, and killed when
    /// its successor is there. Null: off. Default: 30 seconds. Range: 1 second to 1 hour.
    /// </summary>
    public TimeSpan? HeartbeatTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// An existing folder for a dump of a worker that is about to be killed because it was not heard of. The worker's own runtime writes it
    /// (recluster-hang-pid-time-random.dmp, with the heap, readable by its user alone) through its diagnostics port, which
    /// DOTNET_EnableDiagnostics=0 closes. A dump that is not complete within 30 seconds, or when the cluster stops, is given up: no kill waits
    /// longer. The 5 newest dumps are kept, older ones are removed. Null (the default): no dump.
    /// </summary>
    public string? HangDumpFolder { get; set; }

    /// <summary>
    /// A worker that has served so many requests is replaced, its successor first. Null (the default): no limit. Range: 1 and more.
    /// </summary>
    public long? MaxRequests { get; set; }

    /// <summary>
    /// A worker with so many bytes resident (RSS) is replaced, its successor first. Null (the default): no limit. Range: 32 MiB (33554432)
    /// and more.
    /// </summary>
    public long? MaxMemoryBytes { get; set; }

    /// <summary>A worker that has run so long is replaced, its successor first. Null (the default): no limit. Range: above 0.</summary>
    public TimeSpan? MaxAge { get; set; }

    /// <summary>
    /// How long a worker runs at least before <see cref="MaxRequests"/>, <see cref="MaxMemoryBytes"/> or <see cref="MaxAge"/> replaces it. If it has
    /// reached its limit by then, one warning says that the limit is too low. Default: 1 minute. Range: 0 to 1 day.
    /// </summary>
    public TimeSpan MinRecycleAge { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>What a new worker does before it says that it is ready, so that its first requests find it warm.</summary>
    public WarmUpOptions WarmUp { get; } = new();

    /// <summary>
    /// How new connections are spread over the slots. Null (the default): <see cref="Recluster.Balancing.ClientAddress"/> for an app with SignalR
    /// or Blazor Server, whose clients have to come back to the same worker, and <see cref="Recluster.Balancing.LeastConnections"/> for every other.
    /// </summary>
    public Balancing? Balancing { get; set; }

    /// <summary>
    /// What workers are started with after the program's name. Null (the default): the arguments that this process was started with.
    /// With <c>dotnet [options] App.dll</c> all up to the DLL is kept in front of these.
    /// </summary>
    public IList<string>? WorkerArguments { get; set; }

    /// <summary>Whether <see cref="WorkerArguments"/> are added to this process's arguments instead of replacing them. Default: false.</summary>
    public bool AppendWorkerArguments { get; set; }

    /// <summary>Variables added to the workers' environment; an empty value removes one. Default: none.</summary>
    public IDictionary<string, string?> WorkerEnvironment { get; } = new Dictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>
    /// The program to start workers with, a path or a name to be found in PATH. Null (the default): the one this process was started with.
    /// </summary>
    public string? WorkerExecutable { get; set; }

    /// <summary>
    /// Where workers start. Null (the default): where this process was started, by the path of the program or of $PWD. A
    /// symlink on it is followed at each reload; until the next one a generation stays where it led to. A path that is given may go through a link too. Relative: to where this process was started.
    /// </summary>
    public string? WorkerWorkingDirectory { get; set; }

    /// <summary>
    /// Whether a generation runs from a copy of the app's folder, which is made before its first worker starts. A deploy may then write into the app's folder:
    /// until a reload succeeds every worker runs the old code. The folder of the app's DLL or executable is copied with all that is in it; where the
    /// file system can share blocks (Btrfs, XFS) the copy takes no room. A copy is deleted when its generation has ended. The working directory
    /// stays, and so does the content root, but <c>AppContext.BaseDirectory</c> is the copy: what the app writes there is lost. A copy that fails (disk full)
    /// fails the start or the reload; so does one that takes longer than <see cref="StartTimeout"/>. Default: false.
    /// </summary>
    public bool KeepRelease { get; set; }

    /// <summary>
    /// The folder for the copies of <see cref="KeepRelease"/>, a path that may be relative to the working directory of the workers. It is made if it does not exist, for
    /// this user alone. Null (the default): <c>.recluster</c> beside the app's folder.
    /// </summary>
    public string? KeepReleaseFolder { get; set; }

    /// <summary>What the configuration says and cannot be read, each with its remedy.</summary>
    internal List<string> Mistakes { get; } = [];

    /// <summary>Whether the app's clients have to come back to the same worker; looked up when the services are complete.</summary>
    internal StickyClients Sticky { get; set; } = new(areNeeded: false);

    internal int EffectiveMaxWorkers => MaxWorkers ?? Math.Max(Workers, ReclusterLimits.DefaultMaxWorkers);

    internal TimeSpan EffectiveDrainTimeout(IHostEnvironment environment) =>
        DrainTimeout ?? (environment.IsDevelopment() ? ReclusterLimits.DevelopmentDrainTimeout : ReclusterLimits.ProductionDrainTimeout);
}
