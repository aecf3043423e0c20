using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Recluster.Platform;

namespace Recluster.Protocol;

/// <summary>
/// The worker's end of the socket over which it asks the master for descriptors: a pair that keeps the bounds of messages (SOCK_SEQPACKET).
/// <code>
/// worker to master   int32: how many entries of the master's list it has
/// master to worker   lines of UTF-8: the length of the list, then the next entries (SharedEntry), as many as fit; their descriptors beside it.
///                    Or: "failed" and why not
/// </code>
/// The worker asks again until it has all. So at most one answer is on its way to a worker, and nothing to a worker that does not ask.
/// </summary>
internal sealed class DescriptorChannel(int socket)
{
    /// <summary>The longest answer, in bytes.</summary>
    internal const int MaxAnswer = 16 * 1024;

    internal const string Failed = "failed ";

    internal const int NothingYet = 11; // EAGAIN: the call was interrupted.

    private int _have;

    /// <summary>
    /// The socket itself is the first thing that the master sends over the control channel, before the worker's process exists.
    /// Null: nothing came.
    /// </summary>
    internal static DescriptorChannel? OpenFrom(int controlChannel) =>
        DescriptorPassing.TryReceive(controlChannel, out var socket, out _) && socket >= 0 ? new DescriptorChannel(socket) : null;

    /// <summary>Everything that the master has put on its list since the last call. Waits for the master's answer.</summary>
    /// <exception cref="IOException">This process may open no more descriptors, or the master refuses or is gone. It has what it had before.</exception>
    internal IReadOnlyList<SharedEntry> Take()
    {
        var entries = new List<SharedEntry>();
        var had = _have;
        try
        {
            int total;
            do
            {
                total = Ask(entries);
            }
            while (_have < total);

            return entries;
        }
        catch
        {
            _have = had;
            Close(entries.SelectMany(entry => entry.Descriptors));
            throw;
        }
    }

    internal static void Close(IEnumerable<int> descriptors)
    {
        foreach (var descriptor in descriptors)
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <summary>Takes one answer. Returns the length of the list.</summary>
    private int Ask(List<SharedEntry> entries)
    {
        Span<byte> question = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(question, _have);
        if (!DescriptorPassing.TrySend(socket, [], question))
        {
            throw Ended();
        }

        var answer = new byte[MaxAnswer];
        Span<int> descriptors = stackalloc int[DescriptorPassing.MaxDescriptors];
        int length, count;
        bool isCut;
        do
        {
            Libc.WaitForInput(socket, Timeout.InfiniteTimeSpan);
            length = DescriptorPassing.Receive(socket, answer, descriptors, out count, out isCut);
        }
        while (length < 0 && Marshal.GetLastPInvokeError() == NothingYet);
        if (length <= 0)
        {
            throw Ended();
        }

        descriptors = descriptors[..count];
        try
        {
            return Read(Encoding.UTF8.GetString(answer, 0, length), descriptors, isCut, entries);
        }
        catch
        {
            Close([.. descriptors]);
            throw;
        }
    }

    private static IOException Ended() => new("The Recluster master has ended or does not answer any more, so this worker cannot have its sockets.");

    private int Read(string answer, ReadOnlySpan<int> descriptors, bool isCut, List<SharedEntry> entries)
    {
        if (answer.StartsWith(Failed, StringComparison.Ordinal))
        {
            throw new IOException(answer[Failed.Length..]);
        }

        var lines = answer.Split('\n');
        var total = int.Parse(lines[0], CultureInfo.InvariantCulture);
        if (isCut || descriptors.Length != lines[1..].Sum(SharedEntry.DescriptorsOf))
        {
            throw new IOException($"This worker cannot take the sockets that the master sends: {DescriptorLimit.Reached()}.");
        }

        var read = new List<SharedEntry>(lines.Length - 1);
        foreach (var line in lines[1..])
        {
            var needed = SharedEntry.DescriptorsOf(line);
            read.Add(SharedEntry.Parse(line, descriptors[..needed]));
            descriptors = descriptors[needed..];
        }

        if (read.Count == 0 && _have < total)
        {
            throw new InvalidDataException("The master says that there is more and sends nothing.");
        }

        entries.AddRange(read);
        _have += read.Count;
        return total;
    }
}
