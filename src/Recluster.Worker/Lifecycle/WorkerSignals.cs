using System.Runtime.InteropServices;
using Recluster.Platform;

namespace Recluster.Lifecycle;

/// <summary>
/// The signals that a worker does not leave to their default action, which is to end it. The master starts it with them blocked, so those that
/// come before it can take them wait in the kernel. It takes them when the library is loaded and keeps them to its end. SIGINT, SIGHUP and SIGUSR2
/// are the master's business and ignored. SIGTERM and SIGQUIT wait here for the host to answer them.
/// </summary>
internal sealed class WorkerSignals
{
    // Signals without a name in PosixSignal are given by number; 12 is SIGUSR2 on x64 and arm64 (signal(7)).
    private const PosixSignal UserSignal2 = (PosixSignal)12;

    private readonly Lock _gate = new();
    private Action<PosixSignal>? _answer;
    private PosixSignal? _waiting;
    private PosixSignalRegistration[]? _registrations;

    /// <summary>By number, as signal(7) has them on x64 and arm64: SIGHUP, SIGINT, SIGQUIT, SIGUSR2, SIGTERM.</summary>
    internal static ReadOnlySpan<int> Numbers => [1, 2, 3, 12, 15];

    /// <summary>Signals belong to the process, so there is one.</summary>
    internal static WorkerSignals OfThisProcess { get; } = new();

    internal void Take() => _registrations ??=
    [
        .. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGHUP, UserSignal2]).Select(signal =>
            PosixSignalRegistration.Create(signal, context => context.Cancel = true)),
        .. ((PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGQUIT]).Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            Receive(context.Signal);
        })),
    ];

    /// <summary>
    /// Lets this thread have what waits in the kernel. Threads and processes that it starts from now on have the signals too; those from before
    /// keep them blocked, so this is called when the process has hardly begun.
    /// </summary>
    internal static void Unblock() => Libc.UnblockSignals(Numbers);

    /// <summary>From now on <paramref name="answer"/> is called for SIGTERM and SIGQUIT, and at once if one has come before. Null: nobody answers.</summary>
    internal void Answer(Action<PosixSignal>? answer)
    {
        PosixSignal? waited;
        lock (_gate)
        {
            _answer = answer;
            (waited, _waiting) = (_waiting, null);
        }

        if (waited is { } signal)
        {
            answer?.Invoke(signal);
        }
    }

    internal void Receive(PosixSignal signal)
    {
        Action<PosixSignal>? answer;
        lock (_gate)
        {
            answer = _answer;
            if (answer is null)
            {
                _waiting = signal;
            }
        }

        answer?.Invoke(signal);
    }
}
