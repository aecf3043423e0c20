using Recluster.Draining;

namespace Recluster.Worker.Tests.Draining;

public class WebSocketFramesTests
{
    [Theory]
    [InlineData(0, 2)]
    [InlineData(125, 2)]
    [InlineData(126, 4)]
    [InlineData(65_535, 4)]
    [InlineData(65_536, 10)]
    public void A_frame_ends_with_its_payload_however_it_is_cut(int payload, int head)
    {
        var frame = Frame(payload);
        Assert.Equal(head + payload, frame.Length);
        foreach (var step in new[] { 1, 3, 1000, int.MaxValue })
        {
            var frames = new WebSocketFrames();
            for (var at = 0; at < frame.Length; at += Math.Min(step, frame.Length - at))
            {
                Assert.Equal(at == 0, frames.IsBetweenFrames);
                frames.Follow(frame.AsSpan(at, Math.Min(step, frame.Length - at)));
            }

            Assert.True(frames.IsBetweenFrames);
            Assert.False(frames.HasClosed);
        }
    }

    [Fact]
    public void A_masked_frame_has_four_bytes_more()
    {
        var frames = new WebSocketFrames();

        frames.Follow([0x82, 0x81, 1, 2, 3, 4]);
        Assert.False(frames.IsBetweenFrames);
        frames.Follow([9]);

        Assert.True(frames.IsBetweenFrames);
    }

    [Fact]
    public void Several_frames_in_one_write_are_told_apart_and_a_close_is_seen()
    {
        var frames = new WebSocketFrames();

        frames.Follow([0x81, 1, (byte)'a', 0x88, 2, 0x03, 0xE8]);

        Assert.True(frames.HasClosed);
        Assert.True(frames.IsBetweenFrames);
    }

    private static byte[] Frame(int payload) => payload switch
    {
        < 126 => [0x82, (byte)payload, .. new byte[payload]],
        < 65_536 => [0x82, 126, (byte)(payload >> 8), (byte)payload, .. new byte[payload]],
        _ => [0x82, 127, 0, 0, 0, 0, (byte)(payload >> 24), (byte)(payload >> 16), (byte)(payload >> 8), (byte)payload, .. new byte[payload]],
    };
}
