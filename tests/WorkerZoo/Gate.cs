namespace WorkerZoo;

/// <summary>Waits until a test lets it go on, by making a file. So no test has to guess how long something takes.</summary>
internal static class Gate
{
    internal static async Task WaitAsync(string file)
    {
        while (!File.Exists(file))
        {
            await Task.Delay(5);
        }
    }
}
