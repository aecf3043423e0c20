using System.Collections;
using System.Text;

namespace Recluster.Processes;

/// <summary>
/// How this process was started: what the kernel recorded when the program was executed, which nothing that Program.cs does afterwards
/// can change (its folder, its variables).
/// </summary>
internal sealed record ProcessOrigin
{
    private const string DotnetHost = "dotnet";

    /// <summary>All arguments as they were typed, the name of the program first.</summary>
    internal required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>How many of the last arguments are the app's own.</summary>
    internal required int AppArguments { get; init; }

    /// <summary>The path that was executed, as it was given (getauxval(3), AT_EXECFN). Null where it is not known.</summary>
    internal string? CalledAs { get; init; }

    /// <summary>The program that runs, with all links resolved.</summary>
    internal required string Executable { get; init; }

    /// <summary>The app's DLL with all links resolved. Null where the program itself is the app.</summary>
    internal string? EntryAssembly { get; init; }

    /// <summary>The variables that the process was started with.</summary>
    internal required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>The earliest known folder of this process, with all links resolved.</summary>
    internal required string Folder { get; init; }

    /// <summary>The folder that the process which started this one is in. Null where it is not known.</summary>
    internal string? ParentFolder { get; init; }

    internal static ProcessOrigin OfThisProcess()
    {
        var executable = System.Environment.ProcessPath ?? LinkTarget("/proc/self/exe") ?? "";
        var isHosted = Path.GetFileName(executable) == DotnetHost;
        var assembly = isHosted ? System.Environment.GetCommandLineArgs()[0] : null; // The runtime puts the path of the DLL there.
        return new ProcessOrigin
        {
            Arguments = ReadStrings("/proc/self/cmdline") is { Count: > 0 } line ? line : [executable, .. System.Environment.GetCommandLineArgs().Skip(1)],
            AppArguments = System.Environment.GetCommandLineArgs().Length - 1,
            CalledAs = Native.ExecutedPath(),
            Executable = executable,
            EntryAssembly = string.IsNullOrEmpty(assembly) ? null : assembly,
            Environment = ReadStrings("/proc/self/environ") is { } block ? Variables(block) : LiveVariables(),
            Folder = FirstFolder.Path,
            ParentFolder = LinkTarget($"/proc/{Platform.Libc.GetParentProcessId()}/cwd"),
        };
    }

    /// <summary>Variables from "NAME=value". Of two with the same name the first counts, as for getenv(3).</summary>
    internal static Dictionary<string, string> Variables(IEnumerable<string> block)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in block)
        {
            if (entry.IndexOf('=', StringComparison.Ordinal) is var end && end > 0)
            {
                variables.TryAdd(entry[..end], entry[(end + 1)..]);
            }
        }

        return variables;
    }

    /// <summary>Where the kernel's record may not be read: a program with file capabilities, or a process that has changed its user.</summary>
    private static Dictionary<string, string> LiveVariables()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
        {
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        return variables;
    }

    /// <summary>Strings that are each ended by NUL; an empty one may be the last. Null where the file cannot be read.</summary>
    private static IReadOnlyList<string>? ReadStrings(string file)
    {
        try
        {
            var bytes = File.ReadAllBytes(file);
            return bytes.Length == 0 ? [] : Encoding.UTF8.GetString(bytes.AsSpan(..^(bytes[^1] == 0 ? 1 : 0))).Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? LinkTarget(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
