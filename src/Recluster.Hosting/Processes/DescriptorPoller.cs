using System.Runtime.InteropServices;
using Recluster.Platform;

namespace Recluster.Processes;

/// <summary>
/// One thread that calls back when a descriptor becomes readable. For what .NET's own engine does not watch: process
/// descriptors, and pipes without a blocked pool thread each.
/// </summary>
internal sealed unsafe class DescriptorPoller : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Func<bool>> _handlers = [];
    private readonly List<Func<bool>> _polled = [];
    private readonly int _wakeRead;
    private readonly int _wakeWrite;
    private bool _stopped;

    internal DescriptorPoller(string name)
    {
        var pipe = stackalloc int[2];
        if (Native.Pipe2(pipe, Native.OpenCloseOnExec | Native.OpenNonBlocking) != 0)
        {
            throw new ProcessStartException("pipe2: " + DescriptorLimit.Explain(Marshal.GetLastPInvokeError()));
        }

        (_wakeRead, _wakeWrite) = (pipe[0], pipe[1]);
        new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = name }.Start();
    }

    /// <summary>
    /// Calls <paramref name="onReadable"/> on the poller's thread each time the descriptor is readable, until it returns false or throws;
    /// then closes the descriptor, which belongs to the poller from here on. Once the poller is disposed it only closes the descriptor.
    /// </summary>
    internal void Watch(int descriptor, Func<bool> onReadable)
    {
        lock (_gate)
        {
            if (_stopped)
            {
                _ = Libc.Close(descriptor);
                return;
            }

            _handlers.Add(descriptor, onReadable);
            Wake();
        }
    }

    /// <summary>For a kernel that has no descriptor for it: asks ten times a second, until the answer is false.</summary>
    internal void Poll(Func<bool> ask)
    {
        lock (_gate)
        {
            if (!_stopped)
            {
                _polled.Add(ask);
                Wake();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            Wake();
        }
    }

    // Under the lock, before the thread sees that it is to stop: after that the number may be somebody else's.
    private void Wake()
    {
        byte one = 1;
        _ = Native.Write(_wakeWrite, &one, 1); // A full pipe has woken it already.
    }

    private void Run()
    {
        var sleeping = new Native.PollDescriptor[16];
        while (true)
        {
            int count;
            int timeout;
            lock (_gate)
            {
                if (_stopped)
                {
                    break;
                }

                count = _handlers.Count + 1;
                if (sleeping.Length < count)
                {
                    sleeping = new Native.PollDescriptor[count * 2];
                }

                sleeping[0] = new() { Descriptor = _wakeRead, Events = Native.PollIn };
                var next = 1;
                foreach (var descriptor in _handlers.Keys)
                {
                    sleeping[next++] = new() { Descriptor = descriptor, Events = Native.PollIn };
                }

                timeout = _polled.Count > 0 ? 100 : -1;
            }

            fixed (Native.PollDescriptor* first = sleeping)
            {
                if (Native.Poll(first, (nuint)count, timeout) < 0)
                {
                    continue; // Interrupted.
                }
            }

            Dispatch(sleeping.AsSpan(0, count));
        }

        _ = Libc.Close(_wakeRead);
        _ = Libc.Close(_wakeWrite);
        foreach (var descriptor in _handlers.Keys)
        {
            _ = Libc.Close(descriptor);
        }
    }

    // An exception on this thread would end the process. Whoever throws is not called again.
    private static bool Answers(Func<bool> handler)
    {
        try
        {
            return handler();
        }
        catch (Exception)
        {
            return false;
        }
    }

    private void Dispatch(ReadOnlySpan<Native.PollDescriptor> polled)
    {
        if (polled[0].Returned != 0)
        {
            _ = Native.Read(_wakeRead, stackalloc byte[64]);
        }

        foreach (var entry in polled[1..])
        {
            if (entry.Returned == 0)
            {
                continue;
            }

            Func<bool>? handler;
            lock (_gate)
            {
                _handlers.TryGetValue(entry.Descriptor, out handler);
            }

            if (handler is not null && !Answers(handler))
            {
                lock (_gate)
                {
                    _handlers.Remove(entry.Descriptor);
                    _ = Libc.Close(entry.Descriptor);
                }
            }
        }

        Func<bool>[] asked;
        lock (_gate)
        {
            asked = [.. _polled];
        }

        foreach (var ask in asked)
        {
            if (!Answers(ask))
            {
                lock (_gate)
                {
                    _polled.Remove(ask);
                }
            }
        }
    }
}
