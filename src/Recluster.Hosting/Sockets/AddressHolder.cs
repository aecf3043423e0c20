using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Recluster.Protocol;

namespace Recluster.Sockets;

/// <summary>
/// A process that listens on an address, found by /proc (proc(5)). Processes of other users and of other network namespaces cannot be seen.
/// </summary>
/// <param name="ProcessId">Its process id.</param>
/// <param name="Name">Its name, as ps shows it.</param>
/// <param name="IsOrphan">It is a worker whose master has ended, so it ends soon.</param>
internal sealed record AddressHolder(int ProcessId, string Name, bool IsOrphan)
{
    private const string Listening = "0A";
    private const string ListeningUnix = "00010000";

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"process {ProcessId} ({Name}{(IsOrphan ? ", a worker whose master has ended" : "")})");

    internal static IReadOnlyList<AddressHolder> Find(EndPoint endpoint)
    {
        try
        {
            var sockets = endpoint is IPEndPoint ip ? SocketsOn(ip.Port) : SocketsOn(endpoint.ToString()!);
            return sockets.Count == 0 ? [] : [.. Directory.EnumerateDirectories("/proc").Select(folder => HolderIn(folder, sockets)).OfType<AddressHolder>()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // A /proc that shows nothing.
        }
    }

    /// <summary>By the port alone: an address of all interfaces is in the way of each.</summary>
    private static HashSet<string> SocketsOn(int port)
    {
        var suffix = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        return [.. Table("tcp").Concat(Table("tcp6")).Where(row => row is [_, var local, _, Listening, ..] && local.EndsWith(suffix, StringComparison.Ordinal))
            .Select(row => $"socket:[{row[9]}]")];
    }

    private static HashSet<string> SocketsOn(string path) =>
        [.. Table("unix").Where(row => row is [_, _, _, ListeningUnix, _, _, _, var name, ..] && name == path).Select(row => $"socket:[{row[6]}]")];

    private static IEnumerable<string[]> Table(string name)
    {
        var file = "/proc/net/" + name;
        return File.Exists(file) ? File.ReadLines(file).Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)) : [];
    }

    /// <summary>Null if the process does not hold one of the sockets, is not to be looked into, or has ended meanwhile.</summary>
    private static AddressHolder? HolderIn(string folder, HashSet<string> sockets)
    {
        try
        {
            return int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
                && Directory.EnumerateFiles(folder + "/fd").Any(file => new FileInfo(file).LinkTarget is { } target && sockets.Contains(target))
                ? new AddressHolder(processId, File.ReadAllText(folder + "/comm").TrimEnd('\n'), IsOrphanIn(folder))
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsOrphanIn(string folder)
    {
        const string Prefix = WorkerEnvironment.WorkerVariable + "=";
        var worker = File.ReadAllText(folder + "/environ").Split('\0').FirstOrDefault(entry => entry.StartsWith(Prefix, StringComparison.Ordinal));
        var stat = File.ReadAllText(folder + "/stat"); // The parent is the second field after the name in parentheses, which may hold anything.
        return worker?.Split(' ') is [_, var master, ..] && stat[(stat.LastIndexOf(')') + 2)..].Split(' ') is [_, var parent, ..] && parent != master;
    }
}
