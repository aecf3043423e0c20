using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Recluster.Bench.Servers.Peers;

/// <summary>The programs that peers consist of: whether they are there, and which version.</summary>
internal static partial class Programs
{
    // Debian keeps servers in sbin, which is not on everybody's PATH.
    private static readonly string[] Folders =
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/usr/local/sbin"];

    /// <summary>Null where it is installed; else so in words, with the remedy.</summary>
    public static string? Missing(string name, string? package = null) =>
        Find(name) is null ? $"{name} is not installed: apt-get install {package ?? name}" : null;

    /// <summary>The full path, or the name where it is not found.</summary>
    public static string PathOf(string name) => Find(name) ?? name;

    /// <summary>The version that the program prints of itself; null where it is missing or prints none.</summary>
    public static string? VersionOf(string name, string option)
    {
        if (Find(name) is not { } path)
        {
            return null;
        }

        var start = new ProcessStartInfo(path, [option]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd() + error.Result;
        process.WaitForExit();
        return VersionNumber().Match(text) is { Success: true } match ? match.Value : null;
    }

    private static string? Find(string name) => Folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    [GeneratedRegex(@"\d+(\.\d+)+")]
    private static partial Regex VersionNumber();
}
