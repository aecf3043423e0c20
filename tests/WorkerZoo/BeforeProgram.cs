using System.Runtime.CompilerServices;

namespace WorkerZoo;

/// <summary>What happens before Program.cs, and so before the library is loaded.</summary>
internal static class BeforeProgram
{
    private const string Gate = "--Zoo:FirstGate=";

    [ModuleInitializer]
    internal static void Run()
    {
        ControlChannel.Note();
        if (Environment.GetEnvironmentVariable("WORKER_ID") is not null
            && Array.Find(Environment.GetCommandLineArgs(), arg => arg.StartsWith(Gate, StringComparison.Ordinal)) is { } argument)
        {
            WaitAt(argument[Gate.Length..]);
        }
    }

    /// <summary>A worker waits until the file exists. A file beside it, with the pid for its name, says that it waits.</summary>
    private static void WaitAt(string gate)
    {
        File.WriteAllText($"{gate}.{Environment.ProcessId}", "");
        while (!File.Exists(gate))
        {
            Thread.Sleep(5); // No other thread can run code of this assembly until this method returns.
        }
    }
}
