using Recluster.Draining;

namespace Recluster.Worker.Tests.Draining;

public class WebSocketStreamTests
{
    private static readonly byte[] Message = [0x81, 2, (byte)'h', (byte)'i'];
    private static readonly byte[] GoingAway = [0x88, 2, 0x03, 0xE9];

    private readonly MemoryStream _sent = new();
    private readonly WebSocketStream _stream;

    public WebSocketStreamTests() => _stream = new WebSocketStream(_sent);

    [Fact]
    public async Task Closing_says_1001_and_what_the_app_writes_afterwards_is_dropped()
    {
        await _stream.WriteAsync(Message);
        await _stream.CloseAsync();
        await _stream.WriteAsync(Message);
        await _stream.CloseAsync();

        Assert.Equal([.. Message, .. GoingAway], _sent.ToArray());
    }

    [Fact]
    public async Task A_frame_that_is_half_written_is_completed_first()
    {
        await _stream.WriteAsync(Message.AsMemory(0, 3));
        await _stream.CloseAsync();
        Assert.Equal(Message[..3], _sent.ToArray());

        await _stream.WriteAsync(Message.AsMemory(3));

        Assert.Equal([.. Message, .. GoingAway], _sent.ToArray());
    }

    [Fact]
    public async Task An_app_that_has_said_close_is_not_spoken_over()
    {
        byte[] close = [0x88, 2, 0x03, 0xE8];
        await _stream.WriteAsync(close);

        await _stream.CloseAsync();

        Assert.Equal(close, _sent.ToArray());
    }

    [Fact]
    public async Task Closing_one_that_is_gone_is_nothing()
    {
        _sent.Dispose();

        await _stream.CloseAsync();
    }
}
