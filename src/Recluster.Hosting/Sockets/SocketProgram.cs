using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Recluster.Sockets;

/// <summary>
/// A classic BPF program that the kernel runs for a socket (linux/filter.h; Documentation/networking/filter.rst). Attaching one needs no
/// privilege.
/// </summary>
internal static class SocketProgram
{
    private const int SocketLevel = 1;

    /// <param name="socket">Shared by all who have it: so is the program.</param>
    /// <param name="option">What it is for: one of the SO_ATTACH_ options of socket(7).</param>
    /// <param name="program">Copied by the kernel.</param>
    /// <exception cref="SocketException">The kernel refuses.</exception>
    internal static unsafe void Attach(Socket socket, int option, ReadOnlySpan<Instruction> program)
    {
        fixed (Instruction* first = program)
        {
            // struct sock_fprog: the number of instructions, padding, a pointer to them.
            Span<byte> value = stackalloc byte[2 * sizeof(nint)];
            value.Clear();
            BitConverter.TryWriteBytes(value, (ushort)program.Length);
            BitConverter.TryWriteBytes(value[sizeof(nint)..], (nint)first);
            socket.SetRawSocketOption(SocketLevel, option, value);
        }
    }

    /// <summary>struct sock_filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);
}
