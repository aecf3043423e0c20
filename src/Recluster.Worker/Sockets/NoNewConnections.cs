using System.Net.Sockets;
using Recluster.Platform;

namespace Recluster.Sockets;

/// <summary>
/// Has the kernel drop each segment that would open a connection, on a TCP socket that all are about to close. Closing a listening socket
/// resets what the kernel has completed since its queue was last looked at; once nothing comes in, the queue can be emptied for good. The
/// client sends its SYN again after a second (RFC 6298, 2) and is then refused, or finds the next master.
/// </summary>
internal static class NoNewConnections
{
    /// <summary>How long a handshake that was answered before may take to end: a round trip.</summary>
    internal static readonly TimeSpan Handshake = TimeSpan.FromMilliseconds(100);

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

    /// <summary>False where the kernel refuses: connections go on coming in then.</summary>
    internal static bool On(Socket listening)
    {
        try
        {
            SocketProgram.Attach(listening, AttachFilter, Program);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
