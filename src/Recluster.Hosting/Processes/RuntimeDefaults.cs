namespace Recluster.Processes;

/// <summary>
/// Settings of the .NET runtime that suit a process which shares the machine with its likes, where nobody has chosen others: neither in
/// the environment nor in the app's runtimeconfig.json. bench/run cost and latency show what they are good for.
/// </summary>
internal static class RuntimeDefaults
{
    private static readonly (string Name, string Property, string Value)[] All =
    [
        // A thread of the pool that runs out of work spins for a while, for work that is just coming. With several processes on the same
        // cores that is time which another of them could have used.
        ("ThreadPool_UnfairSemaphoreSpinLimit", "System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", "0"),
    ];

    /// <param name="variables">The worker's environment.</param>
    /// <param name="ofApp">What the app's runtimeconfig.json says of a property; null: nothing.</param>
    internal static void AddTo(IDictionary<string, string> variables, Func<string, object?> ofApp)
    {
        foreach (var (name, property, value) in All)
        {
            if (ofApp(property) is null && !variables.ContainsKey("COMPlus_" + name))
            {
                variables.TryAdd("DOTNET_" + name, value);
            }
        }
    }
}
