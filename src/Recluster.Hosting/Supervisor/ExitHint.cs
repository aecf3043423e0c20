namespace Recluster.Supervisor;

/// <summary>What usually lies behind such an end of a worker, for whoever reads the reason: a sentence that goes on after the cause, or nothing.</summary>
internal static class ExitHint
{
    // Of .NET, Kestrel, HttpListener, libuv and common guards against a second instance, in the words in which they appear.
    private static readonly string[] InUse =
    [
        "address already in use",
        "EADDRINUSE",
        "AddressAlreadyInUse",
        "AddressInUseException",
        "Only one usage of each socket address",
        "conflicts with an existing registration",
    ];

    private static readonly string[] Held =
    [
        "being used by another process",
        "already running",
        "another instance",
        "lock file",
        "lockfile",
        "pid file",
        "pidfile",
        "database is locked",
    ];

    /// <summary>What the worker wrote last tells more than how it ended.</summary>
    internal static string For(WorkerState worker, Input.Exited exited)
    {
        var said = worker.ReadyAt is null && worker.Killed is null or KillReason.StartTimeout ? From([.. exited.Output, .. exited.ErrorOutput]) : "";
        return said.Length > 0 ? said : OfEnd(worker, exited.Status);
    }

    /// <summary>By how it ended.</summary>
    internal static string OfEnd(WorkerState worker, ExitStatus status) => worker switch
    {
        { Killed: KillReason.StartTimeout, ReadyAt: null, WaitingFor: null } =>
            " Something in Program.cs before app.Run() takes longer, or waits for what the other processes of the app hold (a lock, a migration).",
        { Killed: null, StopsItself: false, Phase: not ReclusterWorkerPhase.Draining } when status.ExitCode == 0 =>
            " Usual reasons: a guard that lets only one instance run; Console.ReadLine(), which returns null at once where the app has no standard "
            + "input; an exception that was caught; app.StartAsync() without waiting for the end of the app.",
        _ => "",
    };

    /// <summary>By its last lines, where the reason is the price of running Program.cs in several processes.</summary>
    internal static string From(IReadOnlyList<string> output) =>
        Has(output, InUse) ? " It says that an address is in use already: a port that the app opens itself can be open in one process only. " + Remedy
        : Has(output, Held) ? " It says that a file or lock is held already, or that the app runs already. " + Remedy
        : "";

    // A slot is no way to tell processes apart here: in a reload two workers have the same one.
    private const string Remedy =
        "Every worker runs Program.cs, and in a reload old and new workers run side by side: open it once, in the master (AddReclusterMasterService), "
        + "or give each process its own (port 0, a name with the process id).";

    private static bool Has(IReadOnlyList<string> output, string[] signs) =>
        output.Any(line => signs.Any(sign => line.Contains(sign, StringComparison.OrdinalIgnoreCase)));
}
