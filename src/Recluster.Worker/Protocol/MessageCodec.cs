using System.Globalization;

namespace Recluster.Protocol;

/// <summary>Turns messages into lines and back. Pure; the format is described at <see cref="Message"/>.</summary>
internal static class MessageCodec
{
    /// <summary>The longest frame either side reads, in bytes. A snapshot of the largest cluster fits several times.</summary>
    internal const int MaxFrameLength = 1 << 20;

    private const string NoSlots = "-";

    internal static string Format(Message message) => message switch
    {
        Message.Ready => "ready",
        Message.Assigned m => Line($"assigned {m.Number}"),
        Message.Replace m => $"replace {OneLine(m.Reason)}",
        Message.Reload m => Line($"reload {m.Request}"),
        Message.Terminate m => Line($"terminate {m.Request}"),
        Message.Assign m => Line($"assign {m.Number} {(m.Slots.Count == 0 ? NoSlots : string.Join(',', m.Slots))}"),
        Message.Drain m => Line($"drain {Milliseconds(m.Timeout)}"),
        Message.Stop m => Line($"stop {Milliseconds(m.Timeout)}"),
        Message.Cluster m => $"cluster {m.Json}",
        Message.Reloaded m => Line($"reloaded {m.Request} {m.Json}"),
        Message.Refused m => Line($"refused {m.Request} {OneLine(m.Reason)}"),
        _ => throw new ArgumentException($"No wire form for {message.GetType().Name}.", nameof(message)),
    };

    /// <summary>Null for a verb this version does not know.</summary>
    /// <exception cref="InvalidDataException">A known verb with arguments that are not its own.</exception>
    internal static Message? Parse(string line)
    {
        var (verb, rest) = Cut(line);
        switch (verb)
        {
            case "ready": return new Message.Ready();
            case "assigned": return new Message.Assigned(Number(rest, line));
            case "replace": return new Message.Replace(rest);
            case "reload": return new Message.Reload(Number(rest, line));
            case "terminate": return new Message.Terminate(Number(rest, line));
            case "drain": return new Message.Drain(Duration(rest, line));
            case "stop": return new Message.Stop(Duration(rest, line));
            case "cluster": return new Message.Cluster(rest);
            case "assign":
                var (number, slots) = Cut(rest);
                return new Message.Assign(Number(number, line), Slots(slots, line));
            case "reloaded":
                var (reloadRequest, json) = Cut(rest);
                return new Message.Reloaded(Number(reloadRequest, line), json);
            case "refused":
                var (refusedRequest, reason) = Cut(rest);
                return new Message.Refused(Number(refusedRequest, line), reason);
            default: return null;
        }
    }

    private static (string Head, string Tail) Cut(string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? (text, "") : (text[..space], text[(space + 1)..]);
    }

    private static int[] Slots(string text, string line)
    {
        if (text == NoSlots)
        {
            return [];
        }

        var parts = text.Split(',');
        var slots = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            var slot = Number(parts[i], line);
            slots[i] = slot <= int.MaxValue ? (int)slot : throw Malformed(line);
        }

        return slots;
    }

    private static TimeSpan Duration(string text, string line)
    {
        var milliseconds = Number(text, line);
        return milliseconds <= (long)TimeSpan.MaxValue.TotalMilliseconds ? TimeSpan.FromMilliseconds(milliseconds) : throw Malformed(line);
    }

    private static long Number(string text, string line) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw Malformed(line);

    private static InvalidDataException Malformed(string line) =>
        new($"Malformed frame on the control channel: '{(line.Length > 100 ? line[..100] + "..." : line)}'.");

    private static long Milliseconds(TimeSpan time) => (long)Math.Ceiling(Math.Max(0, time.TotalMilliseconds));

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
