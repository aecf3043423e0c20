using System.Buffers.Binary;

namespace Recluster.Draining;

/// <summary>Follows the frames of one direction of a WebSocket (RFC 6455, 5.2), to know where one ends and whether the last was a close.</summary>
internal sealed class WebSocketFrames
{
    private const int CloseOpcode = 8;

    // Two bytes, eight of extended length, four of masking key.
    private readonly byte[] _head = new byte[14];
    private int _headLength;
    private ulong _payloadLeft;

    /// <summary>Whether another frame may begin here.</summary>
    internal bool IsBetweenFrames => _headLength == 0 && _payloadLeft == 0;

    internal bool HasClosed { get; private set; }

    internal void Follow(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_payloadLeft > 0)
            {
                var skipped = (int)Math.Min(_payloadLeft, (ulong)bytes.Length);
                _payloadLeft -= (ulong)skipped;
                bytes = bytes[skipped..];
                continue;
            }

            _head[_headLength++] = bytes[0];
            bytes = bytes[1..];
            if (_headLength >= 2 && _headLength == HeadLength)
            {
                HasClosed |= (_head[0] & 0x0F) == CloseOpcode;
                _payloadLeft = PayloadLength;
                _headLength = 0;
            }
        }
    }

    private int Length7 => _head[1] & 0x7F;

    private int HeadLength => 2 + (Length7 switch { 126 => 2, 127 => 8, _ => 0 }) + ((_head[1] & 0x80) != 0 ? 4 : 0);

    private ulong PayloadLength => Length7 switch
    {
        126 => BinaryPrimitives.ReadUInt16BigEndian(_head.AsSpan(2)),
        127 => BinaryPrimitives.ReadUInt64BigEndian(_head.AsSpan(2)),
        var length => (ulong)length,
    };
}
