using System.Net.Sockets;

namespace Recluster.Sockets;

/// <summary>
/// Has the kernel drop each segment that would open a connection, on a TCP socket that the workers are about to empty and close. Closing a
/// listening socket resets what the kernel has completed since its queue was last looked at; once nothing comes in, the queue can be emptied
/// for good. The client sends its SYN again after a second (RFC 6298, 2) and is then refused, or finds the next master.
/// </summary>
internal static class NoNewConnections
{
    private const int AttachFilter = 26; // SO_ATTACH_FILTER: what it sees of TCP begins with the header of the segment.
    private const uint FlagsOffset = 13;
    private const uint SynAndAck = 0x12;
    private const uint Syn = 0x02;

    private const ushort LoadByte = 0x30;
    private const ushort And = 0x54;
    private const ushort JumpIfEqual = 0x15;
    private const ushort Return = 0x06;

    private static readonly SocketProgram.Instruction[] Program =
    [
        new(LoadByte, 0, 0, FlagsOffset),
        new(And, 0, 0, SynAndAck),
        new(JumpIfEqual, 0, 1, Syn),
        new(Return, 0, 0, 0),
        new(Return, 0, 0, uint.MaxValue),
    ];

    internal static void On(Socket listening)
    {
        try
        {
            SocketProgram.Attach(listening, AttachFilter, Program);
        }
        catch (SocketException)
        {
            // The kernel refuses: then what comes in at the last moment is reset, as anywhere.
        }
    }
}
