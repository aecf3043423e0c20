using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;
using Recluster.Processes;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>SIGUSR2 reloads, and SIGHUP where no terminal can hang up; SIGTTIN and SIGTTOU scale. The handlers only enqueue; what comes before the
/// first generation serves is done after it. Those that stop are the host's; they are heard here too, and left to it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class MasterSignals : IDisposable
{
    private readonly List<IDisposable> _registrations = [];

    private readonly ILogger _logger;
    private int _hasIgnored;

    internal MasterSignals(IClusterInbox inbox, Func<bool> isStopping, Action? onStop, ILogger logger)
    {
        _logger = logger;
        DeploySignals.OfThisProcess.Take();
        _registrations.Add(DeploySignals.OfThisProcess.Answer(isCluster: true, signal =>
        {
            if (isStopping())
            {
                MasterLog.SignalWhileStopping(logger, DeploySignals.NameOf(signal));
                return;
            }

            if (signal is PosixSignal.SIGTTIN or PosixSignal.SIGTTOU && IsOfTheTerminal(signal))
            {
                return;
            }

            inbox.Post(signal switch
            {
                PosixSignal.SIGTTIN => new Input.ScaleRequested(null, 1, null),
                PosixSignal.SIGTTOU => new Input.ScaleRequested(null, -1, null),
                _ => new Input.ReloadRequested(null),
            });
        }));

        if (onStop is not null)
        {
            foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT])
            {
                _registrations.Add(PosixSignalRegistration.Create(signal, _ => onStop()));
            }
        }
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }

    /// <summary>Who has sent a signal cannot be seen here. Where the kernel may have, it is no order to scale.</summary>
    private bool IsOfTheTerminal(PosixSignal signal)
    {
        if (!ControllingTerminal.MaySignal)
        {
            return false;
        }

        if (Interlocked.Exchange(ref _hasIgnored, 1) == 0)
        {
            MasterLog.TerminalSignalIgnored(_logger, signal);
        }

        return true;
    }
}
