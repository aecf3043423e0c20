using System.Globalization;

namespace Recluster.Protocol;

/// <summary>Turns messages into lines and back. Pure; the format is described at <see cref="Message"/>.</summary>
internal static class MessageCodec
{
    /// <summary>The longest frame either side reads, in bytes. A snapshot of the largest cluster fits several times.</summary>
    internal const int MaxFrameLength = 1 << 20;

    private const string None = "-";

    internal static string Format(Message message) => message switch
    {
        Message.Ready => "ready",
        Message.Bind m => $"bind {Uri.EscapeDataString(m.Key)}",
        Message.Listening m => $"listening {(m.Keys.Count == 0 ? None : string.Join(' ', m.Keys.Select(Uri.EscapeDataString)))}",
        Message.Deaf m => $"deaf {FreeText.Line(m.Reason)}",
        Message.Bound m => $"bound {Uri.EscapeDataString(m.Key)} {Uri.EscapeDataString(m.Address)}",
        Message.Failed m => $"failed {Uri.EscapeDataString(m.Key)} {FreeText.Line(m.Reason)}",
        Message.Retire m => Line($"retire {m.Place}"),
        Message.Assigned m => Line($"assigned {m.Number}"),
        Message.Holds m => Line($"holds {m.Slots}"),
        Message.Lacks m => $"lacks {FreeText.Line(m.Reason)}",
        Message.Sockets m => Line($"sockets {m.Slots}"),
        Message.Replace m => $"replace {FreeText.Line(m.Reason)}",
        Message.Recycle m => $"recycle {Flag(m.IsLimitTooLow)} {FreeText.Line(m.Reason)}",
        Message.Stopping => "stopping",
        Message.Reload { Reason: { } reason } m => Line($"reload {m.Request} {FreeText.Line(reason)}"),
        Message.Reload m => Line($"reload {m.Request}"),
        Message.Abort m => Line($"abort {m.Request}"),
        Message.Waiting m => $"waiting {FreeText.Line(m.What)}",
        Message.Beat m => $"beat {Flag(m.IsStalled)} {Flag(m.IsDebugged)}",
        Message.Scale m => Line($"scale {m.Request} {m.Workers}"),
        Message.Settled m => $"settled {Format(m.Slots)}",
        Message.GiveUp m => Line($"give-up {m.Request}"),
        Message.End => "end",
        Message.Terminate => "terminate",
        Message.Watch m => $"watch {Flag(m.IsOn)}",
        Message.Publish m => $"publish {Uri.EscapeDataString(m.Topic)} {Convert.ToBase64String(m.Payload.Span)}",
        Message.Finish m => Line($"finish {Milliseconds(m.Timeout)}"),
        Message.Assign m => Line($"assign {m.Number} {Format(m.Slots)}"),
        Message.ShortenWarmUp m => Line($"warm-up {(int)m.Extent}"),
        Message.Drain m => Line($"drain {Milliseconds(m.Timeout)} {Milliseconds(m.Spread)}"),
        Message.Stop m => Line($"stop {Milliseconds(m.Timeout)}"),
        Message.Cluster m => $"cluster {m.Json}",
        Message.Report m => $"report {m.Json}",
        Message.Reloaded m => Line($"reloaded {m.Request} {m.Json}"),
        Message.Scaled m => Line($"scaled {m.Request} {m.Json}"),
        Message.Aborted m => Line($"aborted {m.Request} {Flag(m.HasAborted)}"),
        Message.Event m => $"event {m.Json}",
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
            case "bind": return new Message.Bind(Uri.UnescapeDataString(rest));
            case "listening":
                return new Message.Listening(rest == None ? [] : [.. rest.Split(' ').Select(Uri.UnescapeDataString)]);
            case "deaf": return new Message.Deaf(FreeText.Line(rest));
            case "bound":
                var (boundKey, address) = Cut(rest);
                return new Message.Bound(Uri.UnescapeDataString(boundKey), Uri.UnescapeDataString(address));
            case "failed":
                var (failedKey, why) = Cut(rest);
                return new Message.Failed(Uri.UnescapeDataString(failedKey), FreeText.Line(why));
            case "retire": return new Message.Retire(Slot(rest, line));
            case "assigned": return new Message.Assigned(Number(rest, line));
            case "holds": return new Message.Holds(Slot(rest, line));
            case "lacks": return new Message.Lacks(FreeText.Line(rest));
            case "sockets": return new Message.Sockets(Slot(rest, line));
            case "replace": return new Message.Replace(FreeText.Line(rest));
            case "recycle":
                var (tooLow, limit) = Cut(rest);
                return new Message.Recycle(Number(tooLow, line) != 0, FreeText.Line(limit));
            case "stopping": return new Message.Stopping();
            case "reload":
                var (reload, because) = Cut(rest);
                return new Message.Reload(Number(reload, line), because.Length == 0 ? null : FreeText.Line(because));
            case "abort": return new Message.Abort(Number(rest, line));
            case "waiting": return new Message.Waiting(FreeText.Line(rest));
            case "settled": return new Message.Settled(Slots(rest, line));
            case "give-up": return new Message.GiveUp(Number(rest, line));
            case "end": return new Message.End();
            case "terminate": return new Message.Terminate();
            case "watch": return new Message.Watch(Number(rest, line) != 0);
            case "finish": return new Message.Finish(Duration(rest, line));
            case "event": return new Message.Event(rest);
            case "beat":
                var (stalled, debugged) = Cut(rest);
                return new Message.Beat(Number(stalled, line) != 0, Number(debugged, line) != 0);
            case "scale":
                var (scaleRequest, workers) = Cut(rest);
                return new Message.Scale(Number(scaleRequest, line), Wish(workers, line));
            case "publish":
                var (topic, payload) = Cut(rest);
                return new Message.Publish(Uri.UnescapeDataString(topic), Bytes(payload, line));
            case "warm-up": return new Message.ShortenWarmUp(Extent(rest, line));
            case "drain":
                var (timeout, spread) = Cut(rest);
                return new Message.Drain(Duration(timeout, line), Duration(spread, line));
            case "stop": return new Message.Stop(Duration(rest, line));
            case "cluster": return new Message.Cluster(rest);
            case "report": return new Message.Report(rest);
            case "assign":
                var (number, slots) = Cut(rest);
                return new Message.Assign(Number(number, line), Slots(slots, line));
            case "reloaded":
                var (reloadRequest, json) = Cut(rest);
                return new Message.Reloaded(Number(reloadRequest, line), json);
            case "scaled":
                var (scaledRequest, scaleJson) = Cut(rest);
                return new Message.Scaled(Number(scaledRequest, line), scaleJson);
            case "aborted":
                var (abortRequest, hasAborted) = Cut(rest);
                return new Message.Aborted(Number(abortRequest, line), Number(hasAborted, line) != 0);
            default: return null;
        }
    }

    private static (string Head, string Tail) Cut(string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? (text, "") : (text[..space], text[(space + 1)..]);
    }

    private static string Format(IReadOnlyList<int> slots) => slots.Count == 0 ? None : string.Join(',', slots);

    private static int[] Slots(string text, string line)
    {
        if (text == None)
        {
            return [];
        }

        var parts = text.Split(',');
        var slots = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            slots[i] = Slot(parts[i], line);
        }

        return slots;
    }

    private static int Slot(string text, string line)
    {
        var slot = Number(text, line);
        return slot <= int.MaxValue ? (int)slot : throw Malformed(line);
    }

    // What a caller asked for may be out of range, also below zero; the supervisor says so.
    private static int Wish(string text, string line) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : throw Malformed(line);

    private static byte[] Bytes(string text, string line)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw Malformed(line);
        }
    }

    // A newer master may know of less than that: then as little as this build knows.
    private static WarmUpExtent Extent(string text, string line) =>
        (WarmUpExtent)Math.Min(Number(text, line), (long)WarmUpExtent.OnceEach);

    private static char Flag(bool value) => value ? '1' : '0';

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

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
