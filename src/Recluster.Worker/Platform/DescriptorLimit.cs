using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Recluster.Platform;

/// <summary>
/// How many descriptors (files, sockets) a process may have open (getrlimit(2), RLIMIT_NOFILE), and what to say where they do not suffice.
/// </summary>
internal static partial class DescriptorLimit
{
    private const int OfOpenFiles = 7; // RLIMIT_NOFILE
    private const int TooManyInProcess = 24; // EMFILE
    private const int TooManyInSystem = 23; // ENFILE
    private const int TooManyInFlight = 109; // ETOOMANYREFS

    /// <summary>What to do about it; without a full stop, as all texts here.</summary>
    internal const string Remedy = "Raise it (LimitNOFILE= in the systemd unit, 'ulimit -Hn' in the shell that starts the app, "
        + "'--ulimit nofile=' for a container), or use fewer endpoints or workers";

    /// <summary>
    /// What this process may have, and what it could raise that to. The .NET runtime raises the first to the second when it starts, and children
    /// inherit both.
    /// </summary>
    internal static unsafe (long Soft, long Hard) Read()
    {
        var limits = stackalloc ulong[2];
        return GetLimit(OfOpenFiles, limits) == 0
            ? ((long)Math.Min(limits[0], long.MaxValue), (long)Math.Min(limits[1], long.MaxValue))
            : (long.MaxValue, long.MaxValue);
    }

    /// <summary>How many this process has open; null where it cannot tell, for instance because it can open no more.</summary>
    internal static int? CountOpen()
    {
        try
        {
            return Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What an error number of the kernel means, with the limit and the remedy where it is about one.</summary>
    internal static string Explain(int error) => error switch
    {
        TooManyInProcess => Reached(),
        TooManyInSystem => "the limit of open files of the whole system is reached (fs.file-max). Raise it with sysctl, or end what holds them",
        TooManyInFlight => "too many descriptors of this user are on their way between processes. " + Reached(),
        _ => Marshal.GetPInvokeErrorMessage(error),
    };

    /// <summary>The same for a socket. .NET makes one error of the two limits; that of the process is the one that is met.</summary>
    internal static string Explain(SocketException error) =>
        Explain(error.SocketErrorCode == SocketError.TooManyOpenSockets ? TooManyInProcess : error.NativeErrorCode);

    /// <summary>The limit of this process, its value, and the remedy.</summary>
    internal static string Reached()
    {
        var (soft, hard) = Read();
        return string.Create(CultureInfo.InvariantCulture, $"the limit of open files is reached (RLIMIT_NOFILE: soft {soft}, hard {hard}). {Remedy}");
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static unsafe partial int GetLimit(int resource, ulong* limits);
}
