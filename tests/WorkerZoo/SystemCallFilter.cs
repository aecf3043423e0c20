using System.Runtime.InteropServices;

namespace WorkerZoo;

/// <summary>Filters of system calls for all threads of this process (seccomp(2)), as a service manager sets them. No privilege is needed.</summary>
internal static unsafe partial class SystemCallFilter
{
    private const ushort LoadWord = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort Return = 0x06;
    private const uint Allow = 0x7FFF0000;
    private const uint Kill = 0x80000000;
    private const uint FamilyNotSupported = 0x00050000 | 97;
    private const uint UnixFamily = 1;
    private const uint FirstArgument = 16;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    internal static uint Socket => IsArm ? 198u : 41;

    internal static uint SocketPair => IsArm ? 199u : 53;

    internal static uint SetPriority => IsArm ? 140u : 141;

    /// <summary>The call fails with EAFNOSUPPORT if its first argument is AF_UNIX.</summary>
    internal static Instruction[] Refuse(uint call) =>
    [
        new(LoadWord, 0, 0, 0),
        new(JumpIfEqual, 0, 3, call),
        new(LoadWord, 0, 0, FirstArgument),
        new(JumpIfEqual, 0, 1, UnixFamily),
        new(Return, 0, 0, FamilyNotSupported),
        new(Return, 0, 0, Allow),
    ];

    internal static Instruction[] KillFor(uint call) =>
        [new(LoadWord, 0, 0, 0), new(JumpIfEqual, 0, 1, call), new(Return, 0, 0, Kill), new(Return, 0, 0, Allow)];

    internal static void Install(Instruction[] program)
    {
        const int NoNewPrivileges = 38;
        const int SetFilter = 1;
        const int AllThreads = 1;
        fixed (Instruction* first = program)
        {
            var filter = new Program { Length = (ushort)program.Length, First = first };
            if (ProcessControl(NoNewPrivileges, 1, 0, 0, 0) != 0 || SystemCall(IsArm ? 277 : 317, SetFilter, AllThreads, &filter) != 0)
            {
                throw new InvalidOperationException($"seccomp: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
    }

    /// <summary>struct sock_filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Program
    {
        internal ushort Length;
        internal Instruction* First;
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int ProcessControl(int option, nint second, nint third, nint fourth, nint fifth);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial int SystemCall(nint number, nint operation, nint flags, Program* program);
}
