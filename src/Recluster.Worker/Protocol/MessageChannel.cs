using System.Buffers;
using System.Text;
using System.Threading.Channels;

namespace Recluster.Protocol;

/// <summary>
/// One end of a control channel. Sending never blocks and never fails: messages queue here while the peer is busy, and
/// what was queued for a dead peer is dropped, because its end shows as end-of-file to whoever reads. A frame that is too long for the peer is dropped too:
/// the peer would have to end the channel, and losing one message is less than losing a worker.
/// </summary>
internal sealed class MessageChannel : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly Channel<Message> _outgoing = Channel.CreateUnbounded<Message>();
    private readonly Task _writing;
    private Message.Cluster? _latestCluster;

    internal MessageChannel(Stream stream)
    {
        _stream = stream;
        _writing = WriteAsync();
    }

    /// <summary>How many messages are queued here.</summary>
    internal int Waiting => _outgoing.Reader.Count;

    internal void Send(Message message)
    {
        // Only the latest snapshot is worth sending: a peer that reads slowly must not make the queue grow.
        if (message is Message.Cluster snapshot && Interlocked.Exchange(ref _latestCluster, snapshot) is not null)
        {
            return;
        }

        _outgoing.Writer.TryWrite(message);
    }

    /// <summary>Reads until end-of-file, which is how each side learns of the other's death.</summary>
    /// <exception cref="InvalidDataException">The peer sent a malformed or oversized frame.</exception>
    internal async IAsyncEnumerable<Message> ReadAllAsync()
    {
        var buffer = new byte[4096];
        var filled = 0;
        while (true)
        {
            int read;
            try
            {
                read = await _stream.ReadAsync(buffer.AsMemory(filled));
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                yield break;
            }

            if (read == 0)
            {
                yield break;
            }

            filled += read;
            var start = 0;
            int length;
            while ((length = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n')) >= 0)
            {
                var line = Encoding.UTF8.GetString(buffer, start, length);
                start += length + 1;
                if (MessageCodec.Parse(line) is { } message)
                {
                    yield return message;
                }
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (filled == buffer.Length)
            {
                if (filled >= MessageCodec.MaxFrameLength)
                {
                    throw new InvalidDataException(
                        $"A frame on the control channel is longer than {MessageCodec.MaxFrameLength} bytes.");
                }

                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _outgoing.Writer.TryComplete();
        await _stream.DisposeAsync();
        await _writing;
    }

    /// <summary>Completes when everything sent before has been handed to the kernel or the peer is gone.</summary>
    internal Task FlushAsync()
    {
        _outgoing.Writer.TryComplete();
        return _writing;
    }

    private async Task WriteAsync()
    {
        var frame = new ArrayBufferWriter<byte>(256);
        try
        {
            await foreach (var queued in _outgoing.Reader.ReadAllAsync())
            {
                var message = queued is Message.Cluster ? Interlocked.Exchange(ref _latestCluster, null)! : queued;
                frame.ResetWrittenCount();
                Encoding.UTF8.GetBytes(MessageCodec.Format(message), frame);
                frame.Write("\n"u8);
                if (frame.WrittenCount <= MessageCodec.MaxFrameLength)
                {
                    await _stream.WriteAsync(frame.WrittenMemory);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _outgoing.Writer.TryComplete();
        }
    }
}
