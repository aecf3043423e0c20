using System.Globalization;

namespace Recluster.Protocol;

/// <summary>
/// The descriptors by which workers hand connections to each other, as a worker inherits them:
/// <code>board:receive,receive,...:send,send,...</code>
/// board: the shared memory with the load of each slot. receive, send: one socket pair for each slot.
/// </summary>
internal sealed record HandOverDescriptors(int Board, IReadOnlyList<int> Receive, IReadOnlyList<int> Send)
{
    internal const string None = "-";

    internal IEnumerable<int> All => [Board, .. Receive, .. Send];

    /// <summary>The same with the numbers that <see cref="All"/> has in another process.</summary>
    internal HandOverDescriptors Renumber(IReadOnlyList<int> all) =>
        new(all[0], [.. all.Skip(1).Take(Receive.Count)], [.. all.Skip(1 + Receive.Count)]);

    internal static bool TryParse(string text, out HandOverDescriptors? descriptors)
    {
        descriptors = null;
        if (text == None)
        {
            return true;
        }

        var parts = text.Split(':');
        if (parts.Length != 3
            || !TryList(parts[0], out var board)
            || !TryList(parts[1], out var receive)
            || !TryList(parts[2], out var send)
            || board.Count != 1
            || receive.Count != send.Count)
        {
            return false;
        }

        descriptors = new HandOverDescriptors(board[0], receive, send);
        return true;
    }

    internal string Format() =>
        string.Create(CultureInfo.InvariantCulture, $"{Board}:{string.Join(',', Receive)}:{string.Join(',', Send)}");

    private static bool TryList(string text, out List<int> numbers)
    {
        numbers = [];
        foreach (var part in text.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            numbers.Add(number);
        }

        return true;
    }
}
