namespace Recluster.Protocol;

/// <summary>
/// What the master finds out about its own start, and a worker cannot, because the master started the worker.
/// <code>
/// RECLUSTER_HOST = content-root console
/// </code>
/// content-root: the content root by the path that the app was started through, links not resolved, escaped as in a URL. console: "systemd" if
/// UseSystemd took effect in the master, so that its console lines have systemd's format. "-": nothing is known.
/// </summary>
internal sealed record HostFacts(string? ContentRoot, bool HasSystemdConsole)
{
    internal const string Variable = "RECLUSTER_HOST";

    internal static readonly HostFacts None = new(null, false);

    private const string Unknown = "-";
    private const string Systemd = "systemd";

    internal string Format() =>
        $"{(ContentRoot is null ? Unknown : Uri.EscapeDataString(ContentRoot))} {(HasSystemdConsole ? Systemd : Unknown)}";

    /// <summary>A master of another build may say nothing, or more than is known here.</summary>
    internal static HostFacts Parse(string? text)
    {
        var fields = text?.Split(' ') ?? [];
        return fields.Length < 2
            ? None
            : new HostFacts(fields[0] == Unknown ? null : Uri.UnescapeDataString(fields[0]), fields[1] == Systemd);
    }
}
