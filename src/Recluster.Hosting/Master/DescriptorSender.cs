using System.Buffers.Binary;
using System.Net.Sockets;
using Recluster.Platform;
using Recluster.Protocol;

namespace Recluster.Master;

/// <summary>
/// The master's end of a worker's <see cref="DescriptorChannel"/>: sends the worker what it asks for, when it asks. It never waits for the
/// worker, and a worker that does not ask has nothing on its way.
/// </summary>
internal sealed class DescriptorSender : IDisposable
{
    // Many processes of one user have descriptors on their way at once (unix(7), ETOOMANYREFS): that passes.
    private const int Attempts = 50;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly Socket _socket;
    private readonly int _descriptor;
    private readonly SharedDescriptors _shared;
    private readonly TimeProvider _time;

    private DescriptorSender(int descriptor, SharedDescriptors shared, TimeProvider time)
    {
        _descriptor = descriptor;
        _socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        _shared = shared;
        _time = time;
    }

    /// <summary>The worker's end has to be closed by the caller, once the worker has it.</summary>
    /// <exception cref="IOException">There are no descriptors left.</exception>
    internal static (DescriptorSender Sender, int WorkersEnd) Open(SharedDescriptors shared, TimeProvider time)
    {
        if (Libc.CreatePacketPair() is not var (masters, workers))
        {
            var error = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
            throw new IOException($"socketpair: {DescriptorLimit.Explain(error)}.{UnixSockets.Hint(error)}");
        }

        var sender = new DescriptorSender(masters, shared, time);
        _ = sender.ServeAsync();
        return (sender, workers);
    }

    public void Dispose() => _socket.Dispose();

    private async Task ServeAsync()
    {
        var question = new byte[sizeof(int)];
        try
        {
            while (await _socket.ReceiveAsync(question, SocketFlags.None) == question.Length)
            {
                await AnswerAsync(BinaryPrimitives.ReadInt32LittleEndian(question));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The worker has ended.
        }
    }

    private async Task AnswerAsync(int from)
    {
        var error = 0;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            error = Send(() => _shared.TrySend(_descriptor, from));
            if (error == 0)
            {
                return;
            }

            await Task.Delay(Pause, _time);
        }

        Send(() => SharedDescriptors.TrySend(
            _descriptor, DescriptorChannel.Failed + "The master cannot send the sockets: " + DescriptorLimit.Explain(error), []));
    }

    // The descriptor's number is this socket's for as long as its handle is held.
    private int Send(Func<int> send)
    {
        var held = false;
        try
        {
            _socket.SafeHandle.DangerousAddRef(ref held);
            return send();
        }
        finally
        {
            if (held)
            {
                _socket.SafeHandle.DangerousRelease();
            }
        }
    }
}
