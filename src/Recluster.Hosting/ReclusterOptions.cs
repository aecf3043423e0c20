using Microsoft.Extensions.Hosting;

namespace Recluster;

/// <summary>
/// Options of the cluster. Set in code (<c>AddRecluster(o => ...)</c>) and from the configuration section "Recluster", which wins,
/// so that an operator can change what the code proposes (<c>Recluster__Workers=8</c>). Read once, at start.
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
    /// once. Default: 1 second. Range: 0 to 1 day.
    /// </summary>
    public TimeSpan RespawnDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// While a slot's workers keep dying, its delay doubles with each death up to this, and halves as they stay alive. Zero keeps
    /// it at <see cref="RespawnDelay"/>. Default: 30 seconds. Range: 0, or <see cref="RespawnDelay"/> to 1 day.
    /// </summary>
    public TimeSpan MaxRespawnDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The longest a worker may take from its start until it is ready. Then it is killed, and the reload that started it is rolled
    /// back. Default: 60 seconds. Range: above 0, to 1 day.
    /// </summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The longest a replaced worker may take to finish what it has. Then the remaining connections are aborted, and two seconds
    /// later the process is killed. Null (the default): 1 second in the Development environment, 1 hour elsewhere.
    /// Range: 0 to 30 days.
    /// </summary>
    public TimeSpan? DrainTimeout { get; set; }

    /// <summary>
    /// How many workers may be starting at the same moment, at start, reload and after a mass crash alike. Starting a .NET process
    /// takes a core for a good part of a second, which the serving workers lack. Default: half the processors, at least 1.
    /// Range: 1 to 512.
    /// </summary>
    public int MaxConcurrentStarts { get; set; } = Math.Clamp(Environment.ProcessorCount / 2, 1, ReclusterLimits.MaxWorkers);

    internal TimeSpan EffectiveDrainTimeout(IHostEnvironment environment) =>
        DrainTimeout ?? (environment.IsDevelopment() ? ReclusterLimits.DevelopmentDrainTimeout : ReclusterLimits.ProductionDrainTimeout);
}
