using System.Globalization;

namespace Recluster.Protocol;

/// <summary>
/// One thing that the master shares with its workers. On the wire: a line, and the descriptors beside it.
/// <code>
/// keys                     the memory file for DataProtection keys; one descriptor
/// output                   the master's standard output; one descriptor
/// board 64                 the memory with the loads of up to 64 slots; one descriptor
/// queue 3                  the hand-over queue of slot 3; two descriptors: receive, send
/// endpoint group tcp%3A... the next endpoint, in the order of binding, and its layout ("group", "shared", "failed"); none
/// socket 0 3               the listening socket of endpoint 0 for slot 3; one descriptor
/// nothing                  what stood here has been withdrawn; none
/// </code>
/// "group": a socket for each slot. "shared": one for all. "failed": the master could not bind this endpoint and Kestrel went on without it
/// (IPv6 on a machine that has none), so the worker fails there in the same way.
/// </summary>
internal abstract record SharedEntry
{
    internal sealed record KeyRing(int Descriptor) : SharedEntry;

    internal sealed record Output(int Descriptor) : SharedEntry;

    internal sealed record Board(int Slots, int Descriptor) : SharedEntry;

    internal sealed record Queue(int Slot, int Receive, int Send) : SharedEntry;

    internal sealed record Endpoint(string Key, EndpointLayout Layout) : SharedEntry
    {
        /// <summary>Keeps the place of an endpoint that was given up. No endpoint has this key.</summary>
        internal static readonly Endpoint Withdrawn = new("withdrawn", EndpointLayout.Failed);
    }

    internal sealed record Socket(int EndpointIndex, int Slot, int Descriptor) : SharedEntry;

    internal sealed record Nothing : SharedEntry;

    internal int[] Descriptors => this switch
    {
        KeyRing e => [e.Descriptor],
        Output e => [e.Descriptor],
        Board e => [e.Descriptor],
        Queue e => [e.Receive, e.Send],
        Socket e => [e.Descriptor],
        _ => [],
    };

    internal string Format() => this switch
    {
        KeyRing => "keys",
        Output => "output",
        Board e => string.Create(CultureInfo.InvariantCulture, $"board {e.Slots}"),
        Queue e => string.Create(CultureInfo.InvariantCulture, $"queue {e.Slot}"),
        Endpoint e => $"endpoint {e.Layout.ToString().ToLowerInvariant()} {Uri.EscapeDataString(e.Key)}",
        Socket e => string.Create(CultureInfo.InvariantCulture, $"socket {e.EndpointIndex} {e.Slot}"),
        Nothing => "nothing",
        _ => throw new InvalidOperationException($"No wire form for {GetType().Name}."),
    };

    /// <summary>How many descriptors belong to a line.</summary>
    internal static int DescriptorsOf(string line) => line switch
    {
        "nothing" => 0,
        _ when line.StartsWith("endpoint ", StringComparison.Ordinal) => 0,
        _ when line.StartsWith("queue ", StringComparison.Ordinal) => 2,
        _ => 1,
    };

    /// <exception cref="InvalidDataException">It is none.</exception>
    internal static SharedEntry Parse(string line, ReadOnlySpan<int> descriptors)
    {
        var fields = line.Split(' ');
        if (descriptors.Length == DescriptorsOf(line))
        {
            switch (fields)
            {
                case ["nothing"]:
                    return new Nothing();
                case ["keys"]:
                    return new KeyRing(descriptors[0]);
                case ["output"]:
                    return new Output(descriptors[0]);
                case ["board", var slots] when TryInt(slots, out var count):
                    return new Board(count, descriptors[0]);
                case ["queue", var slot] when TryInt(slot, out var number):
                    return new Queue(number, descriptors[0], descriptors[1]);
                case ["endpoint", "group" or "shared" or "failed", var key]:
                    return new Endpoint(Uri.UnescapeDataString(key), Enum.Parse<EndpointLayout>(fields[1], ignoreCase: true));
                case ["socket", var endpoint, var slot] when TryInt(endpoint, out var index) && TryInt(slot, out var number):
                    return new Socket(index, number, descriptors[0]);
            }
        }

        throw new InvalidDataException($"The master shares something that this build does not know: '{line}'.");
    }

    private static bool TryInt(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
