using System.Buffers;
using System.IO.Pipelines;

namespace Recluster.Tests.Support;

/// <summary>
/// Two streams connected to each other in memory, with the manners of a socket pair: a bounded buffer each way, end-of-file
/// when the other side is closed, and an IOException for who writes then.
/// </summary>
internal sealed class InMemoryDuplex : Stream
{
    internal const int Capacity = 16 * 1024;

    private readonly CancellationTokenSource _closed = new();
    private readonly PipeReader _reader;
    private readonly PipeWriter _writer;

    private InMemoryDuplex(PipeReader reader, PipeWriter writer)
    {
        _reader = reader;
        _writer = writer;
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    internal static (InMemoryDuplex One, InMemoryDuplex Other) Pair()
    {
        var options = new PipeOptions(
            pauseWriterThreshold: Capacity, resumeWriterThreshold: Capacity / 2, useSynchronizationContext: false);
        var (there, back) = (new Pipe(options), new Pipe(options));
        return (new(back.Reader, there.Writer), new(there.Reader, back.Writer));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var result = await _reader.ReadAsync(_closed.Token);
            var part = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, buffer.Length));
            var length = (int)part.Length; // Before AdvanceTo, which gives the memory back.
            part.CopyTo(buffer.Span);
            _reader.AdvanceTo(part.End);
            return length;
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException)
        {
            throw new ObjectDisposedException(nameof(InMemoryDuplex), e);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            if ((await _writer.WriteAsync(buffer, _closed.Token)).IsCompleted)
            {
                throw new IOException("Broken pipe.");
            }
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException)
        {
            throw new ObjectDisposedException(nameof(InMemoryDuplex), e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (!_closed.IsCancellationRequested)
        {
            _closed.Cancel();
            _reader.Complete();
            _writer.Complete();
        }

        base.Dispose(disposing);
    }
}
