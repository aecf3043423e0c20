using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Recluster.Platform;
using Recluster.Protocol;

namespace Recluster.Master;

/// <summary>
/// The list of everything that workers may take from the master: sockets, hand-over queues, shared memory. It grows only, so a worker says by
/// a number what it has; what is withdrawn keeps its place. The descriptors are the master's own, and open as long as the list is.
/// </summary>
internal sealed class SharedDescriptors
{
    private readonly Lock _gate = new();
    private readonly List<SharedEntry> _entries = [];
    private bool _isClosed;

    internal void Add(IEnumerable<SharedEntry> entries)
    {
        lock (_gate)
        {
            _entries.AddRange(entries);
        }
    }

    /// <summary>
    /// No worker is given the endpoint at this place from now on. Its entries stay in the list, without their descriptors, since workers count
    /// them.
    /// </summary>
    internal void Withdraw(int place)
    {
        lock (_gate)
        {
            var endpoint = 0;
            for (var i = 0; i < _entries.Count; i++)
            {
                if (_entries[i] is SharedEntry.Endpoint && endpoint++ == place)
                {
                    _entries[i] = SharedEntry.Endpoint.Withdrawn;
                }
                else if (_entries[i] is SharedEntry.Socket socket && socket.EndpointIndex == place)
                {
                    _entries[i] = new SharedEntry.Nothing();
                }
            }
        }
    }

    /// <summary>Nothing is sent any more: the descriptors are about to be closed, and their numbers could be somebody else's afterwards.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    /// <summary>Sends the entries from this place on, as many as one message takes. Otherwise the error number; 0: sent.</summary>
    internal int TrySend(int socket, int from)
    {
        lock (_gate)
        {
            if (_isClosed || from < 0 || from > _entries.Count)
            {
                return TrySend(socket, DescriptorChannel.Failed + "The cluster is stopping.", []);
            }

            var text = new StringBuilder(_entries.Count.ToString(CultureInfo.InvariantCulture));
            var descriptors = new List<int>();
            foreach (var entry in _entries.Skip(from))
            {
                var line = entry.Format();
                if (descriptors.Count + entry.Descriptors.Length > DescriptorPassing.MaxDescriptors
                    || text.Length + line.Length >= DescriptorChannel.MaxAnswer)
                {
                    break;
                }

                text.Append('\n').Append(line);
                descriptors.AddRange(entry.Descriptors);
            }

            return TrySend(socket, text.ToString(), CollectionsMarshal.AsSpan(descriptors));
        }
    }

    internal static int TrySend(int socket, string text, ReadOnlySpan<int> descriptors) =>
        DescriptorPassing.TrySend(socket, descriptors, Encoding.UTF8.GetBytes(text)) ? 0 : Marshal.GetLastPInvokeError();
}
