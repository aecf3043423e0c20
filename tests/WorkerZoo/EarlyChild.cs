using System.Diagnostics;

namespace WorkerZoo;

/// <summary>A process that a worker starts in the first line of Program.cs, before it calls the library. Its pid is a file's name.</summary>
internal static class EarlyChild
{
    private const string Argument = "--Zoo:EarlyChild=";

    internal static void Start(string[] args)
    {
        if (Array.Find(args, arg => arg.StartsWith(Argument, StringComparison.Ordinal)) is { } folder
            && Environment.GetEnvironmentVariable("WORKER_ID") is not null)
        {
            File.WriteAllText(Path.Combine(folder[Argument.Length..], $"{Process.Start("/bin/sh", ["-c", "exec sleep 300 >/dev/null 2>&1"]).Id}"), "");
        }
    }
}
