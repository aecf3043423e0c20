namespace Recluster.Protocol;

/// <summary>
/// Text that the app or the system wrote (a reason, an error message, the description of a health check). It may have any length and any
/// characters, so it is cut where it comes from and again where it arrives.
/// </summary>
internal static class FreeText
{
    /// <summary>The longest text that one process tells another, in characters.</summary>
    internal const int MaxLength = 1000;

    /// <summary>The longest reason that is put together from such texts, in characters.</summary>
    internal const int MaxReason = 4000;

    private const int RoomForNote = 40;

    /// <summary>At most <paramref name="max"/> characters, with a note of how many there were.</summary>
    internal static string Cut(string text, int max = MaxLength)
    {
        if (text.Length <= max)
        {
            return text;
        }

        var length = max - RoomForNote;
        if (char.IsHighSurrogate(text[length - 1]))
        {
            length--;
        }

        return $"{text.AsSpan(0, length)}... (cut, it has {text.Length} characters)";
    }

    /// <summary>Cut, and without line ends and other control characters, which would spoil a frame, a log or a terminal.</summary>
    internal static string Line(string text)
    {
        var cut = Cut(text).ReplaceLineEndings(" ");
        return cut.Any(char.IsControl) ? string.Concat(cut.Select(c => char.IsControl(c) ? ' ' : c)) : cut;
    }
}
