namespace Recluster.Supervisor;

/// <summary>What the last lines of a worker that never got ready tell of why, where it is the price of running Program.cs in several processes.</summary>
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

    /// <summary>A sentence that goes on after the cause, or nothing.</summary>
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
