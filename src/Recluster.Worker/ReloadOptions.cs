namespace Recluster;

/// <summary>How a reload is asked for.</summary>
public sealed class ReloadOptions
{
    /// <summary>
    /// Who asks and why, for people: the log has it, and so has the event <see cref="ReclusterEventKind.ReloadBegun"/>. Of calls that
    /// share a reload the first reason counts. It is cut at 1,000 characters. Default: null, for none.
    /// </summary>
    public string? Reason { get; set; }
}
