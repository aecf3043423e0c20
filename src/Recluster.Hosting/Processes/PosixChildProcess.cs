using System.Runtime.InteropServices;
using Recluster.Supervisor;

namespace Recluster.Processes;

/// <summary>A child watched by its process descriptor (pidfd_open, waitid; Linux 5.4), or asked for by its pid on older kernels.</summary>
internal sealed class PosixChildProcess(
    int processId, Stream channel, OutputRelay errors, OutputRelay? output, OutOfMemoryCounter outOfMemory, TimeProvider time) : IChildProcess
{
    // After the exit: what the child wrote last may still be in the pipe, and a process of its own may hold the pipe open for ever.
    private static readonly TimeSpan ErrorOutputPatience = TimeSpan.FromMilliseconds(250);

    private readonly TaskCompletionSource<ExitStatus> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private bool _reaped;

    public int ProcessId => processId;

    public Stream Channel => channel;

    public Task<ExitStatus> Exited => _exited.Task;

    public IReadOnlyList<string> ErrorOutput => errors.Lines;

    public IReadOnlyList<string> Output => output?.Lines ?? [];

    public void Kill()
    {
        lock (_gate)
        {
            // Once reaped, the pid may belong to a stranger.
            if (!_reaped)
            {
                _ = Native.Kill(processId, Native.SigKill);
            }
        }
    }

    internal void WatchExit(DescriptorPoller poller)
    {
        var descriptor = Native.PidfdOpen(processId);
        if (descriptor >= 0)
        {
            poller.Watch(descriptor, () => !TryReap(Native.WaitByPidDescriptor, (uint)descriptor));
        }
        else
        {
            poller.Poll(() => !TryReap(Native.WaitByPid, (uint)processId));
        }
    }

    private unsafe bool TryReap(int idType, uint id)
    {
        var info = stackalloc byte[Native.SigInfoSize];
        new Span<byte>(info, Native.SigInfoSize).Clear();
        ExitStatus status;
        lock (_gate)
        {
            if (Native.WaitId(idType, id, info, Native.WaitExited | Native.WaitNoHang) != 0)
            {
                if (Marshal.GetLastPInvokeError() != Native.NoSuchChild)
                {
                    return false;
                }

                // Somebody else has reaped it: as PID 1 the .NET runtime does, once Process was used.
                status = idType == Native.WaitByPidDescriptor && Native.TakenExitOf((int)id) is { } taken ? Status(taken) : default;
            }
            else if (*(int*)(info + Native.SigInfoPid) == 0)
            {
                return false;
            }
            else
            {
                var value = *(int*)(info + Native.SigInfoStatus);
                status = *(int*)(info + Native.SigInfoCode) == Native.ChildExited ? ExitStatus.Exited(value) : Signaled(value);
            }

            _reaped = true;
        }

        _ = ReportAsync(status);
        return true;
    }

    // wait(2): the signal in the lowest seven bits, or else the exit code in the second byte.
    private ExitStatus Status(int wait) => (wait & 0x7F) is var signal and not 0 ? Signaled(signal) : ExitStatus.Exited((wait >> 8) & 0xFF);

    private ExitStatus Signaled(int signal) =>
        ExitStatus.Signaled(signal) with { OutOfMemory = signal == Native.SigKill ? outOfMemory.TakeKill() : null };

    private async Task ReportAsync(ExitStatus status)
    {
        using var cancel = new CancellationTokenSource();
        var ended = Task.WhenAll(errors.Ended, output?.Ended ?? Task.CompletedTask);
        await Task.WhenAny(ended, Task.Delay(ErrorOutputPatience, time, cancel.Token));
        await cancel.CancelAsync();
        _exited.TrySetResult(status);
    }
}
