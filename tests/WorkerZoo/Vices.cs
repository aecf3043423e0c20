using System.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Recluster;

namespace WorkerZoo;

/// <summary>
/// The vices of this process. Configuration: Zoo:Vice names them; Zoo:ViceFile names a file that names them, read at every start,
/// so that a test can "deploy" a bad build between two reloads; Zoo:ViceFrom=n spares the generations before n, and Zoo:ViceSlot=n
/// all slots but n. The master has none.
/// </summary>
internal sealed class Vices
{
    private readonly HashSet<Vice> _vices = [];
    private readonly string _gate;

    private Vices(IConfiguration configuration)
    {
        ExitCode = configuration.GetValue("Zoo:ExitCode", 0);
        _gate = configuration["Zoo:Gate"] ?? "";
    }

    /// <summary>What the process returns when the app has ended.</summary>
    internal int ExitCode { get; }

    internal static Vices From(IConfiguration configuration)
    {
        var vices = new Vices(configuration);
        if (!ReclusterProcess.IsWorker || ReclusterProcess.Generation < configuration.GetValue("Zoo:ViceFrom", 1))
        {
            return vices;
        }

        if (configuration.GetValue<int?>("Zoo:ViceSlot") is { } slot && slot != ReclusterProcess.WorkerId)
        {
            return vices;
        }

        var file = configuration["Zoo:ViceFile"];
        foreach (var names in new[] { configuration["Zoo:Vice"], File.Exists(file) ? File.ReadAllText(file) : null })
        {
            foreach (var name in (names ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                vices._vices.Add(Enum.Parse<Vice>(name));
            }
        }

        return vices;
    }

    internal bool Has(Vice vice) => _vices.Contains(vice);

    internal void ApplyBeforeHost()
    {
        if (Has(Vice.ThrowsInProgram))
        {
            throw new InvalidOperationException("This build throws in Program.cs.");
        }

        if (Has(Vice.ReturnsAtOnce))
        {
            Console.Out.WriteLine("Another instance of this build runs already.");
            Environment.Exit(0);
        }

        if (Has(Vice.NeverRuns))
        {
            Console.Out.WriteLine("This build waits for a lock.");
            Thread.Sleep(Timeout.Infinite);
        }

        if (Has(Vice.Chatters))
        {
            Chatter.Begin(_gate);
        }

        if (Has(Vice.KilledAtStart))
        {
            Console.Error.WriteLine("This build is killed at its start.");
            Process.GetCurrentProcess().Kill();
        }

        if (Has(Vice.ExitsAtFirst) && !File.Exists($"{_gate}.{ReclusterProcess.WorkerId}"))
        {
            File.WriteAllText($"{_gate}.{ReclusterProcess.WorkerId}", "");
            Environment.Exit(3);
        }

        if (Has(Vice.ExitsAtOnce))
        {
            Console.Error.WriteLine("This build exits at once.");
            Environment.Exit(3);
        }

        if (Has(Vice.RefusesToExit))
        {
            new Thread(() => Thread.Sleep(Timeout.Infinite)) { IsBackground = false }.Start();
        }
    }

    internal void ApplyToServices(IServiceCollection services)
    {
        var health = services.AddHealthChecks();
        if (Has(Vice.UnhealthyUntilGate))
        {
            health.AddCheck("database", () => File.Exists(_gate)
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("This build's database is away."));
        }

        if (Has(Vice.ReadyAtGate))
        {
            services.AddHostedService(provider => new ReadyAtGate(provider.GetRequiredService<IReclusterWorker>(), _gate));
        }

        if (Has(Vice.DiesAfterTwoSeconds))
        {
            services.AddHostedService(provider =>
                new DeathAfterStart(provider.GetRequiredService<IHostApplicationLifetime>(), TimeSpan.FromSeconds(2)));
        }

        if (Has(Vice.HostedServiceThrows))
        {
            services.AddHostedService(_ => new StartHook(() =>
                throw new InvalidOperationException("This build's hosted service throws.")));
        }

        if (Has(Vice.NeverReady) || (Has(Vice.DiesInStandby) && ReclusterProcess.WorkerId != 0))
        {
            services.AddHostedService(_ => new StartHook(() =>
            {
                Console.Out.WriteLine("This build never becomes ready.");
                return Task.Delay(Timeout.Infinite);
            }));
        }

        if (Has(Vice.WaitsForGate))
        {
            services.AddHostedService(_ => new StartHook(() => Gate.WaitAsync(_gate)));
        }

        if (Has(Vice.DiesInStandby))
        {
            services.AddHostedService<DeathInPhase>(provider => new(provider, ReclusterWorkerPhase.Standby));
        }

        if (Has(Vice.DiesWhenActive))
        {
            services.AddHostedService<DeathInPhase>(provider => new(provider, ReclusterWorkerPhase.Active));
        }
    }
}
