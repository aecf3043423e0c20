using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Recluster.Processes;

namespace Recluster.Master;

/// <summary>
/// Takes the signals that a deploy sends (SIGUSR2, SIGTTIN, SIGTTOU, and SIGHUP where no terminal can hang up) from the call of
/// AddRecluster until the process ends. Each would end or stop a process that does not expect it, so they are taken before the role is
/// known and are not given back: a late signal must not turn an exit code 0 into 140.
/// What a signal means is said by the host that runs, master or single process; before there is one it waits.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class DeploySignals
{
    // Signals without a name in PosixSignal are given by number; 12 is SIGUSR2 on x64 and arm64 (signal(7)).
    internal const PosixSignal UserSignal2 = (PosixSignal)12;

    // A script that repeats its signal until the app is there needs no more than that.
    private const int MaxWaiting = 16;

    private readonly Lock _gate = new();
    private readonly List<Answerer> _answerers = [];
    private readonly Queue<PosixSignal> _waiting = [];
    private PosixSignalRegistration[]? _registrations;
    private bool _wasAnswered;

    /// <summary>Signals belong to the process, so there is one.</summary>
    internal static DeploySignals OfThisProcess { get; } = new();

    internal static string NameOf(PosixSignal signal) => signal == UserSignal2 ? "SIGUSR2" : signal.ToString();

    /// <summary>Takes the signals, if that has not been done.</summary>
    internal void Take()
    {
        lock (_gate)
        {
            _registrations ??=
            [
                Register(UserSignal2),
                Register(PosixSignal.SIGTTIN),
                Register(PosixSignal.SIGTTOU),
                .. ControllingTerminal.Exists ? (PosixSignalRegistration[])[] : [Register(PosixSignal.SIGHUP)],
            ];
        }
    }

    /// <summary>From now on <paramref name="answer"/> is called for each signal, and at once for those that waited, until the result is disposed.</summary>
    /// <param name="isCluster">A cluster answers before a host that runs without one.</param>
    /// <param name="answer">Called on a thread of the pool.</param>
    internal IDisposable Answer(bool isCluster, Action<PosixSignal> answer)
    {
        var answerer = new Answerer(this, isCluster, answer);
        PosixSignal[] waited;
        lock (_gate)
        {
            _answerers.Add(answerer);
            _wasAnswered = true;
            waited = [.. _waiting];
            _waiting.Clear();
        }

        foreach (var signal in waited)
        {
            answer(signal);
        }

        return answerer;
    }

    internal void Receive(PosixSignal signal)
    {
        Answerer? answerer;
        lock (_gate)
        {
            answerer = _answerers.Find(candidate => candidate.IsCluster) ?? _answerers.FirstOrDefault();
            if (answerer is null && !_wasAnswered && _waiting.Count < MaxWaiting)
            {
                _waiting.Enqueue(signal);
            }
        }

        answerer?.Answer(signal);
    }

    private PosixSignalRegistration Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        Receive(signal);
    });

    private sealed class Answerer(DeploySignals signals, bool isCluster, Action<PosixSignal> answer) : IDisposable
    {
        internal bool IsCluster => isCluster;

        internal Action<PosixSignal> Answer => answer;

        public void Dispose()
        {
            lock (signals._gate)
            {
                signals._answerers.Remove(this);
            }
        }
    }
}
