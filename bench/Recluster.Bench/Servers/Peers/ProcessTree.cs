using System.Globalization;

namespace Recluster.Bench.Servers.Peers;

/// <summary>Who descends from whom, as /proc has it at this moment. Zombies do not count.</summary>
internal static class ProcessTree
{
    private const int StateField = 0;
    private const int ParentField = 1;

    /// <summary>The process itself, its children, theirs, and so on; empty where it has gone.</summary>
    public static IReadOnlyList<int> Of(int root)
    {
        var living = Living();
        return living.Any(process => process.Id == root) ? [root, .. Below(root, living.ToLookup(p => p.Parent, p => p.Id))] : [];
    }

    /// <summary>The children alone: where the root is a master, its workers.</summary>
    public static HashSet<int> ChildrenOf(int parent) =>
        [.. Living().Where(process => process.Parent == parent).Select(process => process.Id)];

    /// <summary>What the process calls itself; empty where it has gone.</summary>
    public static string TitleOf(int processId) => Read(processId, "cmdline").Replace('\0', ' ');

    private static IEnumerable<int> Below(int parent, ILookup<int, int> children) =>
        children[parent].SelectMany(child => Below(child, children).Prepend(child));

    private static List<(int Id, int Parent)> Living()
    {
        var living = new List<(int, int)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                continue;
            }

            // "pid (name) state parent ...", where the name may hold anything.
            var stat = Read(id, "stat");
            var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > ParentField && fields[StateField] is not ("Z" or "X"))
            {
                living.Add((id, int.Parse(fields[ParentField], CultureInfo.InvariantCulture)));
            }
        }

        return living;
    }

    private static string Read(int processId, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
