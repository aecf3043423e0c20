using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;
using Recluster.Lifecycle;
using Recluster.Platform;
using Recluster.Processes;

namespace Recluster.Master;

/// <summary>In single-process mode a deploy signal is answered by one log line and does nothing else.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SingleProcessSignals(RoleDecision role, IHostApplicationLifetime lifetime, ILoggerFactory loggerFactory, TimeProvider time)
    : IDisposable
{
    // More than any person or script sends in a second.
    private const int MostInASecond = 10;

    private readonly ILogger _logger = loggerFactory.CreateMasterLogger();
    private readonly Lock _gate = new();
    private IDisposable? _answering;
    private long _second;
    private int _inThisSecond;

    /// <summary>Takes the signals from now on, unless the process is another program's.</summary>
    internal static void Add(IServiceCollection services, string? guest)
    {
        if (guest is null)
        {
            DeploySignals.OfThisProcess.Take();
            services.AddTimed<SingleProcessSignals>();
        }
    }

    internal void Begin() => _answering = DeploySignals.OfThisProcess.Answer(isCluster: false, Answer);

    public void Dispose() => _answering?.Dispose();

    private void Answer(PosixSignal signal)
    {
        if (signal is PosixSignal.SIGTTIN or PosixSignal.SIGTTOU && IsTouchingTheTerminal())
        {
            // The default action of these signals. Without it the kernel would send them again for ever.
            Libc.StopThisProcess();
            return;
        }

        MasterLog.SignalWithoutCluster(
            _logger,
            lifetime.ApplicationStopping.IsCancellationRequested ? role.Reason + "; it is stopping" : role.Reason,
            DeploySignals.NameOf(signal));
    }

    /// <summary>A background job that reads from its terminal is sent these signals by the kernel, as often as it tries.</summary>
    private bool IsTouchingTheTerminal()
    {
        lock (_gate)
        {
            var second = time.GetTimestamp() / time.TimestampFrequency;
            _inThisSecond = second == _second ? _inThisSecond + 1 : 1;
            _second = second;
            return _inThisSecond > MostInASecond && ControllingTerminal.IsInBackgroundOf;
        }
    }
}
