using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Recluster.Lifecycle;
using Recluster.Platform;

namespace Recluster.Processes;

/// <summary>
/// Starts children by posix_spawn: its file actions give the child exactly the descriptors meant for it, while all of the
/// parent's stay close-on-exec, so nothing leaks into another process that is started at the same moment. The child gets a
/// process group of its own, a signal mask of those of a terminal and those that it takes itself, default dispositions, and a standard input that has nothing to read.
/// </summary>
internal sealed unsafe class PosixProcessLauncher : IProcessLauncher, IDisposable
{
    private const int ChildSignal = 17;
    private const int TerminalInputSignal = 21;
    private const int TerminalOutputSignal = 22;

    private readonly DescriptorPoller _exits = new("recluster exits");
    private readonly DescriptorPoller _errors = new("recluster stderr");
    private readonly Lazy<DescriptorPoller> _outputs = new(() => new("recluster stdout"));
    private readonly Stream _ownOutput = Console.OpenStandardOutput();
    private readonly Stream _ownErrors = Console.OpenStandardError();

    private readonly StandardInput _input = new();
    private readonly OutOfMemoryCounter _outOfMemory;
    private readonly ConcurrentDictionary<int, PosixChildProcess> _children = new();
    private readonly OrphanReaper? _orphans;
    private readonly TimeProvider _time;

    internal PosixProcessLauncher(TimeProvider time)
    {
        _time = time;
        _outOfMemory = new OutOfMemoryCounter(time);
        StopIgnoringChildren();
        _orphans = OrphanReaper.StartWhereNeeded(_children.ContainsKey, time);
    }

    public IChildProcess Start(ProcessStart start)
    {
        var outputs = start.RelaysOutput ? _outputs.Value : null; // It can fail, and must not do so when the process is there.
        var channel = OpenPair("socketpair", (int* pair) => Native.SocketPair(
            Native.FamilyUnix, Native.SocketStream | Native.SocketCloseOnExec, 0, pair));
        var errors = (Parent: -1, Child: -1);
        var output = (Parent: -1, Child: -1);
        int pid;
        try
        {
            errors = OpenPair("pipe2", (int* pair) => Native.Pipe2(pair, Native.OpenCloseOnExec));
            if (start.RelaysOutput)
            {
                output = OpenPair("pipe2", (int* pair) => Native.Pipe2(pair, Native.OpenCloseOnExec));
            }

            if (start.SentFirst is { } first && !DescriptorPassing.TrySend(channel.Parent, first, 0))
            {
                throw new ProcessStartException("sendmsg: " + DescriptorLimit.Explain(Marshal.GetLastPInvokeError()));
            }

            pid = Spawn(start, channel.Child, errors.Child, output.Child, start.HoldsInput ? _input.Descriptor : -1);
        }
        catch
        {
            Close(channel.Parent, errors.Parent, output.Parent);
            throw;
        }
        finally
        {
            Close(channel.Child, errors.Child, output.Child);
        }

        var socket = new Socket(new SafeSocketHandle(channel.Parent, ownsHandle: true));
        var relay = output.Parent >= 0 ? new OutputRelay(output.Parent, _ownOutput) : null;
        var errorRelay = new OutputRelay(errors.Parent, _ownErrors);
        var child = new PosixChildProcess(pid, new NetworkStream(socket, ownsSocket: true), errorRelay, relay, _outOfMemory, _time);
        if (relay is not null)
        {
            outputs!.Watch(output.Parent, relay.Read);
        }

        _children[pid] = child;
        _ = child.Exited.ContinueWith(_ => _children.TryRemove(new(pid, child)), TaskScheduler.Default);
        _errors.Watch(errors.Parent, errorRelay.Read);
        child.WatchExit(_exits);
        return child;
    }

    public void Dispose()
    {
        _orphans?.Dispose();
        _outOfMemory.Dispose();
        _exits.Dispose();
        _errors.Dispose();
        if (_outputs.IsValueCreated)
        {
            _outputs.Value.Dispose();
        }

        _ownOutput.Dispose();
        _ownErrors.Dispose();
        _input.Dispose();
    }

    private static void Close(params ReadOnlySpan<int> descriptors)
    {
        foreach (var descriptor in descriptors)
        {
            if (descriptor >= 0)
            {
                _ = Libc.Close(descriptor);
            }
        }
    }

    private static int Spawn(ProcessStart start, int channel, int errors, int output, int input)
    {
        var actions = stackalloc byte[Native.OpaqueSize];
        Check(Native.FileActionsInit(actions));
        try
        {
            var attributes = stackalloc byte[Native.OpaqueSize];
            Check(Native.AttributesInit(attributes));
            try
            {
                SetAttributes(attributes, start.HoldsSignals);
                return Spawn(start, Map(start, actions, channel, errors, output, input), actions, attributes);
            }
            finally
            {
                _ = Native.AttributesDestroy(attributes);
            }
        }
        finally
        {
            _ = Native.FileActionsDestroy(actions);
        }
    }

    private static int Spawn(ProcessStart start, IReadOnlyDictionary<string, string> environment, byte* actions, byte* attributes)
    {
        var changesDirectory = start.WorkingDirectory is null || CanChangeDirectory(actions, start.WorkingDirectory);
        using var arguments = new NativeStrings(start.Arguments);
        using var variables = new NativeStrings([.. environment.Select(pair => $"{pair.Key}={pair.Value}")]);
        var argumentList = arguments.Pointer;
        var variableList = variables.Pointer;
        var pid = 0;
        var error = changesDirectory ? Call() : ThreadFolder.Run(start.WorkingDirectory!, Call);
        return error == 0
            ? pid
            : throw new ProcessStartException(
                $"'{start.FileName}' in '{start.WorkingDirectory ?? "the master's working directory"}': {DescriptorLimit.Explain(error)}"
                + (error == Native.TryAgain ? " (too many processes or threads: TasksMax of the systemd unit, pids.max of the container, or ulimit -u)" : ""));

        int Call()
        {
            int started;
            var result = Native.PosixSpawn(&started, start.FileName, actions, attributes, argumentList, variableList);
            pid = started;
            return result;
        }
    }

    private static void SetAttributes(byte* attributes, bool holdsSignals)
    {
        Check(Native.AttributesSetFlags(
            attributes, Native.SpawnSetProcessGroup | Native.SpawnSetSignalDefaults | Native.SpawnSetSignalMask));
        Check(Native.AttributesSetProcessGroup(attributes, 0));
        // A process group of its own is in the background of a terminal for ever. Where these two are blocked the kernel lets it write
        // ("stty tostop"), and does not stop it.
        var signals = stackalloc byte[Native.OpaqueSize];
        _ = Native.SignalSetClear(signals);
        _ = Native.SignalSetAdd(signals, TerminalInputSignal);
        _ = Native.SignalSetAdd(signals, TerminalOutputSignal);
        foreach (var signal in holdsSignals ? WorkerSignals.Numbers : [])
        {
            _ = Native.SignalSetAdd(signals, signal);
        }

        Check(Native.AttributesSetSignalMask(attributes, signals));
        _ = Native.SignalSetFill(signals);
        Check(Native.AttributesSetSignalDefaults(attributes, signals));
    }

    /// <summary>
    /// In the child the channel has the number that the pipe's end had, which is in its place as standard error by then. So it is a real copy
    /// (dup2 onto itself leaves close-on-exec set with older C libraries), below the limit, and no number that somebody else has.
    /// </summary>
    private static IReadOnlyDictionary<string, string> Map(
        ProcessStart start, byte* actions, int channel, int errors, int output, int input)
    {
        Check(input < 0 ? Native.FileActionsAddOpen(actions, 0, "/dev/null", 0, 0) : Native.FileActionsAddDup2(actions, input, 0));
        Check(Native.FileActionsAddDup2(actions, errors, 2));
        if (output >= 0)
        {
            Check(Native.FileActionsAddDup2(actions, output, 1));
        }

        var childChannel = errors > 2 ? errors : Math.Max(channel, 2) + 1;
        Check(Native.FileActionsAddDup2(actions, channel, childChannel));
        return start.Environment(childChannel);
    }

    /// <summary>False with glibc before 2.29.</summary>
    private static bool CanChangeDirectory(byte* actions, string directory)
    {
        try
        {
            Check(Native.FileActionsAddChangeDirectory(actions, directory));
            return true;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    private static (int Parent, int Child) OpenPair(string call, PairFunction open)
    {
        var pair = stackalloc int[2];
        if (open(pair) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw new ProcessStartException($"{call}: {DescriptorLimit.Explain(error)}.{UnixSockets.Hint(error)}");
        }

        return (pair[0], pair[1]);
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new ProcessStartException("posix_spawn: " + Native.ErrorText(error));
        }
    }

    /// <summary>If whoever started us ignores SIGCHLD, the kernel reaps our children itself and their exit codes vanish.</summary>
    private static void StopIgnoringChildren()
    {
        const string Prefix = "SigIgn:";
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(Prefix, StringComparison.Ordinal));
        if (line is not null
            && ulong.TryParse(line[Prefix.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var ignored)
            && (ignored & (1UL << (ChildSignal - 1))) != 0)
        {
            _ = Native.Signal(ChildSignal, 0);
        }
    }

    private delegate int PairFunction(int* pair);

    /// <summary>An array of C strings ended by null.</summary>
    private sealed class NativeStrings : IDisposable
    {
        private readonly int _count;

        internal NativeStrings(IReadOnlyList<string> strings)
        {
            _count = strings.Count;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)_count + 1, (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++)
            {
                var bytes = Encoding.UTF8.GetByteCount(strings[i]);
                Pointer[i] = (byte*)NativeMemory.AllocZeroed((nuint)bytes + 1);
                Encoding.UTF8.GetBytes(strings[i], new Span<byte>(Pointer[i], bytes));
            }
        }

        internal byte** Pointer { get; }

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
            {
                NativeMemory.Free(Pointer[i]);
            }

            NativeMemory.Free(Pointer);
        }
    }
}
