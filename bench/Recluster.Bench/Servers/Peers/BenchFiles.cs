namespace Recluster.Bench.Servers.Peers;

/// <summary>Where the files of the benchmark are: the peers' apps and templates in the source tree, and the apps built beside it.</summary>
internal static class BenchFiles
{
    private static readonly string Root = FindRoot();

    /// <summary>A file of bench/peers.</summary>
    public static string Peer(params string[] path) => Path.Combine([Root, "peers", .. path]);

    /// <summary>An app of bench/, built in the same configuration as the benchmark itself.</summary>
    public static string App(string name)
    {
        var output = Path.GetRelativePath(Path.Combine(Root, "Recluster.Bench"), AppContext.BaseDirectory);
        return Path.Combine(Root, name, output, name + ".dll");
    }

    /// <summary>Null where the app is built; else the remedy.</summary>
    public static string? MissingApp(string name) =>
        File.Exists(App(name)) ? null : $"bench/{name} is not built: dotnet build bench/{name}";

    /// <summary>Writes a template of bench/peers into a folder, with each <c>{{word}}</c> replaced.</summary>
    /// <returns>The path of the file written.</returns>
    public static string Fill(string folder, string system, string file, params (string Word, object Value)[] words)
    {
        var text = words.Aggregate(File.ReadAllText(Peer(system, file)), (t, w) => t.Replace($"{{{{{w.Word}}}}}", $"{w.Value}"));
        var path = Path.Combine(folder, file);
        File.WriteAllText(path, text);
        return path;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is { Name: not "Recluster.Bench" })
        {
            folder = folder.Parent;
        }

        return folder?.Parent?.FullName ?? throw new InvalidOperationException("The benchmark runs from its source tree.");
    }
}
