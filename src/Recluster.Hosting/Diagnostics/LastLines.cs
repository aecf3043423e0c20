namespace Recluster.Diagnostics;

/// <summary>What a failed worker wrote last, as it is added to the reason.</summary>
internal static class LastLines
{
    /// <summary>Empty if it wrote nothing; otherwise it begins with a space.</summary>
    internal static string Describe(IReadOnlyList<string> errorOutput, IReadOnlyList<string> output) =>
        Describe(" ", "standard error", errorOutput) + Describe(errorOutput.Count == 0 ? " " : "\n", "standard output", output);

    private static string Describe(string begin, string stream, IReadOnlyList<string> lines) =>
        lines.Count == 0 ? "" : $"{begin}Its last lines on {stream}:\n{string.Join('\n', lines)}";
}
