using static Recluster.Sockets.SocketProgram;

namespace Recluster.Sockets;

/// <summary>The programs that choose a slot for a new connection.</summary>
internal static class SteeringProgram
{
    private const ushort LoadWord = 0x20;
    private const ushort LoadByte = 0x30;
    private const ushort CopyToX = 0x07;
    private const ushort XorX = 0xac;
    private const ushort Multiply = 0x24;
    private const ushort ShiftRight = 0x74;
    private const ushort Modulo = 0x94;
    private const ushort JumpIfEqual = 0x15;
    private const ushort ReturnA = 0x16;

    // Offsets that the kernel reads as something else than bytes of the payload.
    private const uint NetworkHeader = 0xfff00000;
    private const uint Random = 0xfffff000 + 56;

    private const uint IPv4Source = 12;
    private const uint IPv6Source = 8;
    private const uint GoldenRatio = 2654435761;

    internal static Instruction[] ByChance(int slots) =>
        [new(LoadWord, 0, 0, Random), new(Modulo, 0, 0, (uint)slots), new(ReturnA, 0, 0, 0)];

    internal static Instruction[] ByIPv4Address(int slots) => [Load(IPv4Source), .. Choose(slots)];

    /// <summary>For a socket of IPv6, which may be dual stack: the version first, then the address of that version.</summary>
    internal static Instruction[] ByAddress(int slots)
    {
        Instruction[] ipv6 =
        [
            Load(IPv6Source),
            new(CopyToX, 0, 0, 0), Load(IPv6Source + 4), new(XorX, 0, 0, 0),
            new(CopyToX, 0, 0, 0), Load(IPv6Source + 8), new(XorX, 0, 0, 0),
            new(CopyToX, 0, 0, 0), Load(IPv6Source + 12), new(XorX, 0, 0, 0),
            .. Choose(slots),
        ];
        return
        [
            new(LoadByte, 0, 0, NetworkHeader),
            new(ShiftRight, 0, 0, 4),
            new(JumpIfEqual, (byte)ipv6.Length, 0, 4),
            .. ipv6,
            .. ByIPv4Address(slots),
        ];
    }

    private static Instruction Load(uint offset) => new(LoadWord, 0, 0, NetworkHeader + offset);

    // Multiplied so that neighbouring addresses spread; the middle bits are the well mixed ones.
    private static Instruction[] Choose(int slots) =>
    [
        new(Multiply, 0, 0, GoldenRatio),
        new(ShiftRight, 0, 0, 16),
        new(Modulo, 0, 0, (uint)slots),
        new(ReturnA, 0, 0, 0),
    ];
}
