using System.Runtime.InteropServices;

namespace Recluster.Processes;

// What is asked of the kernel about this process: its terminal, its zombies, the path it was executed by.
internal static partial class Native
{
    internal const int TryAgain = 11;

    private const int WaitForAny = 0;
    private const int WaitAndLeave = 0x01000000;

    /// <summary>The path that execve was given for this process, as it was given (AT_EXECFN). Null where the C library does not tell.</summary>
    internal static string? ExecutedPath()
    {
        const int ExecutedFileName = 31;
        try
        {
            return GetAuxiliaryValue(ExecutedFileName) is var text and not 0 ? Marshal.PtrToStringUTF8(text) : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The calling thread no longer shares its working directory with the others. 0, or the last error says why not.</summary>
    internal static int SeparateFolder()
    {
        const int FileSystemAttributes = 0x200; // CLONE_FS
        return Unshare(FileSystemAttributes);
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "chdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ChangeFolder(string path);

    /// <summary>Whether a child has ended and nobody has waited for it yet.</summary>
    internal static unsafe bool HasZombie()
    {
        var info = stackalloc byte[SigInfoSize];
        new Span<byte>(info, SigInfoSize).Clear();
        return WaitId(WaitForAny, 0, info, WaitExited | WaitNoHang | WaitAndLeave) == 0 && *(int*)(info + SigInfoPid) != 0;
    }

    internal static unsafe void Reap(int processId)
    {
        var info = stackalloc byte[SigInfoSize];
        _ = WaitId(WaitByPid, (uint)processId, info, WaitExited | WaitNoHang);
    }

    /// <summary>
    /// How a process ended whose exit status somebody else has taken, as wait(2) gives it: the kernel keeps it with the descriptor of the process
    /// (ioctl_pidfd(2), PIDFD_INFO_EXIT; Linux 6.15). Null where it does not.
    /// </summary>
    internal static unsafe int? TakenExitOf(int processDescriptor)
    {
        const nuint GetInfo = 0xC040_FF0B; // PIDFD_GET_INFO with the first version of struct pidfd_info.
        const int InfoSize = 64;
        const int ExitCodeOffset = 60;
        const ulong ExitIsKnown = 1 << 3;
        const int MostTries = 100;
        var info = stackalloc byte[InfoSize];
        var spin = new SpinWait();
        while (spin.Count < MostTries)
        {
            new Span<byte>(info, InfoSize).Clear();
            *(ulong*)info = ExitIsKnown;
            if (ControlDevice(processDescriptor, GetInfo, info) != 0)
            {
                break;
            }

            if ((*(ulong*)info & ExitIsKnown) != 0)
            {
                return *(int*)(info + ExitCodeOffset);
            }

            spin.SpinOnce(); // Whoever takes it is about to have it.
        }

        return null;
    }

    internal static unsafe bool IsChildSubreaper()
    {
        const int GetChildSubreaper = 37;
        var isSubreaper = 0;
        return ProcessControl(GetChildSubreaper, (nint)(&isSubreaper), 0, 0, 0) == 0 && isSubreaper != 0;
    }

    internal static bool IsTerminal(int descriptor) => IsATerminal(descriptor) == 1;

    /// <summary>Whether a descriptor is a terminal that stops background jobs which write to it ("stty tostop").</summary>
    internal static unsafe bool StopsBackgroundOutput(int descriptor)
    {
        // struct termios begins with four flag words, the local modes last; 60 bytes with glibc and musl.
        const int LocalModes = 3;
        const uint StopOutput = 0x100;
        var settings = stackalloc uint[32];
        return GetTerminalSettings(descriptor, settings) == 0 && (settings[LocalModes] & StopOutput) != 0;
    }

    [LibraryImport("libc", EntryPoint = "getauxval")]
    private static partial nint GetAuxiliaryValue(nuint type);

    // prctl is variadic; passing its arguments in registers is what the Linux ABIs of x64 and arm64 do for it.
    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int ProcessControl(int option, nint second, nint third, nint fourth, nint fifth);

    // ioctl is variadic as well.
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static unsafe partial int ControlDevice(int descriptor, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "isatty", SetLastError = true)]
    private static partial int IsATerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static unsafe partial int GetTerminalSettings(int descriptor, uint* settings);
}
