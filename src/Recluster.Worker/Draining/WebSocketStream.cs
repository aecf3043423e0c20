namespace Recluster.Draining;

/// <summary>
/// The stream of an accepted WebSocket, into which a close frame can be put between two frames of the app's. The client answers it, the
/// app's own WebSocket reads the answer as an ordinary close, and what the app still writes is dropped: after a close frame nothing
/// may follow (RFC 6455, 5.5.1).
/// </summary>
internal sealed class WebSocketStream(Stream inner) : Stream
{
    // Final, opcode 8; two bytes of payload: 1001, "going away, such as a server going down" (RFC 6455, 7.4.1).
    private static readonly byte[] GoingAway = [0x88, 0x02, 0x03, 0xE9];

    private readonly SemaphoreSlim _writing = new(1);
    private readonly WebSocketFrames _frames = new();
    private volatile bool _isGoing;
    private bool _saidClose;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Says close as soon as the frame that is being written is complete, unless the app has said it.</summary>
    internal async Task CloseAsync()
    {
        _isGoing = true;
        await _writing.WaitAsync();
        try
        {
            await SayCloseAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The connection is gone already.
        }
        finally
        {
            _writing.Release();
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (_saidClose)
            {
                return;
            }

            _frames.Follow(buffer.Span);
            await inner.WriteAsync(buffer, cancellationToken);
            await SayCloseAsync();
        }
        finally
        {
            _writing.Release();
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.ReadAsync(buffer, offset, count, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask SayCloseAsync()
    {
        if (!_isGoing || _saidClose || _frames.HasClosed || !_frames.IsBetweenFrames)
        {
            return;
        }

        _saidClose = true;
        await inner.WriteAsync(GoingAway);
        await inner.FlushAsync();
    }
}
