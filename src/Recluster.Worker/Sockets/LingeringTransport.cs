using System.IO.Pipelines;

namespace Recluster.Sockets;

/// <summary>
/// The transport of a connection whose end can be held back. Kestrel ends an HTTP/2 connection in the same moment in which it says
/// GOAWAY; a request that the client was just sending then meets a reset, which can destroy the GOAWAY on its way. With the end held
/// back the client reads it first, and knows that the request was not processed and may be sent again (RFC 9113, 6.8).
/// </summary>
internal sealed class LingeringTransport : IDuplexPipe
{
    private readonly HeldOutput _output;

    internal LingeringTransport(IDuplexPipe inner)
    {
        Input = inner.Input;
        _output = new HeldOutput(inner.Output);
    }

    public PipeReader Input { get; }

    public PipeWriter Output => _output;

    /// <summary>Whether anything has been written.</summary>
    internal bool HasOutput => _output.HasBegun;

    /// <summary>From now on the end of the output is not passed on: the owner disposes of the connection in its own time.</summary>
    internal void HoldEnd() => _output.IsHeld = true;

    private sealed class HeldOutput(PipeWriter inner) : PipeWriter
    {
        private volatile bool _isHeld;

        internal bool IsHeld { set => _isHeld = value; }

        internal bool HasBegun { get; private set; }

        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override void Advance(int bytes)
        {
            HasBegun = true;
            inner.Advance(bytes);
        }

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null)
        {
            if (!_isHeld || exception is not null)
            {
                inner.Complete(exception);
            }
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            HasBegun = true;
            return inner.WriteAsync(source, cancellationToken);
        }
    }
}
