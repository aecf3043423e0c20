namespace WorkerZoo;

/// <summary>Lines that show whether one was lost, doubled or broken: "chatter PID THREAD NUMBER xxx." where the number says how many x there are. They end when the file exists.</summary>
internal static class Chatter
{
    private const int Threads = 3;

    internal static void Begin(string gate)
    {
        for (var thread = 0; thread < Threads; thread++)
        {
            var number = thread;
            new Thread(() => Talk(number, gate)).Start();
        }
    }

    private static void Talk(int thread, string gate)
    {
        var line = 0;
        for (; line % 10 != 0 || !File.Exists(gate); line++)
        {
            // Not longer than what Console writes at once.
            Console.Out.WriteLine($"chatter {Environment.ProcessId} {thread} {line} {new string('x', line % 150)}.");
            Thread.Sleep(1);
        }

        Console.Out.WriteLine($"chatter of pid {Environment.ProcessId} ended after {line}");
    }
}
