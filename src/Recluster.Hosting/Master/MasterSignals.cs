using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>SIGUSR2 reloads, and SIGHUP where no terminal can hang up; SIGTTIN and SIGTTOU scale. The handlers only enqueue.
/// Those that stop are the host's; they are heard here too, and left to it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class MasterSignals : IDisposable
{
    // Signals without a name in PosixSignal are given by number; 12 is SIGUSR2 on x64 and arm64 (signal(7)).
    private const PosixSignal UserSignal2 = (PosixSignal)12;

    private readonly List<PosixSignalRegistration> _registrations = [];

    internal MasterSignals(IClusterInbox inbox, Action? onStop)
    {
        Register(UserSignal2, new Input.ReloadRequested(null));
        Register(PosixSignal.SIGTTIN, new Input.ScaleRequested(null, 1, null));
        Register(PosixSignal.SIGTTOU, new Input.ScaleRequested(null, -1, null));
        if (!HasControllingTerminal())
        {
            Register(PosixSignal.SIGHUP, new Input.ReloadRequested(null));
        }

        if (onStop is not null)
        {
            foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT])
            {
                _registrations.Add(PosixSignalRegistration.Create(signal, _ => onStop()));
            }
        }

        void Register(PosixSignal signal, Input input) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            inbox.Post(input);
        }));
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }

    /// <summary>Field 7 of /proc/self/stat, tty_nr (proc(5)), counted after the name in parentheses, which may hold anything.</summary>
    private static bool HasControllingTerminal()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[4] != "0";
    }
}
