using System.Globalization;
using System.Reflection;
using System.Text;

namespace Recluster.Platform;

/// <summary>
/// The name that ps and top show: "WebApi master", "WebApi w3 g12". The kernel keeps 15 bytes (prctl(2), PR_SET_NAME), so the
/// app's own name is cut to what the role leaves.
/// </summary>
internal static class ProcessName
{
    internal const int MaxBytes = 15;

    internal static string ForMaster(string app) => Fit(app, "master");

    internal static string ForWorker(string app, int slot, int generation) =>
        Fit(app, string.Create(CultureInfo.InvariantCulture, $"w{slot} g{generation}"));

    /// <summary>Names the whole process: the file of the process itself, not of the calling thread.</summary>
    internal static void Set(string name)
    {
        try
        {
            File.WriteAllText($"/proc/{Environment.ProcessId}/comm", name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A name is a convenience; a /proc that is read-only is no reason to fail.
        }
    }

    internal static string App => Assembly.GetEntryAssembly()?.GetName().Name ?? "app";

    private static string Fit(string app, string role)
    {
        var name = Cut(app, MaxBytes - role.Length - 1);
        return Cut(name.Length == 0 ? role : name + " " + role, MaxBytes);
    }

    // Between two characters, never within one.
    private static string Cut(string text, int bytes)
    {
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }
}
