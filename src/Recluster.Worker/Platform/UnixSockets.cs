using System.Net.Sockets;

namespace Recluster.Platform;

/// <summary>Whether this process may create Unix domain sockets, which master and workers need between them.</summary>
internal static class UnixSockets
{
    // errno(3), the same on x64 and arm64.
    private const int NotPermitted = 1;
    private const int PermissionDenied = 13;
    private const int FamilyNotSupported = 97;

    private const string Remedy = "Something forbids the address family AF_UNIX to this process: under systemd the unit's RestrictAddressFamilies. "
        + "Add AF_UNIX to that line (RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6); elsewhere allow it in the seccomp profile.";

    /// <summary>The reason and the remedy; null where they may be created.</summary>
    internal static string? Problem => Socket.OSSupportsUnixDomainSockets
        ? null
        : "Recluster cannot create the Unix domain sockets that the master and its workers need. " + Remedy;

    /// <summary>What to add to the text of an error that creating one has met; empty where the error has another cause.</summary>
    internal static string Hint(int error) => error is NotPermitted or PermissionDenied or FamilyNotSupported ? " " + Remedy : "";
}
