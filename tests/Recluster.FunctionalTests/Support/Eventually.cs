namespace Recluster.FunctionalTests.Support;

/// <summary>Waits for what can only be asked for. The limit is there to fail the test, never to time it.</summary>
internal static class Eventually
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    internal static async Task<T> GetAsync<T>(Func<Task<T?>> ask, Func<string> describe)
        where T : class
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            if (await ask() is { } answer)
            {
                return answer;
            }

            if (limit.IsCancellationRequested)
            {
                Assert.Fail($"Not within {Limit}: {describe()}");
            }

            await Task.Delay(Interval);
        }
    }

    internal static Task TrueAsync(Func<bool> ask, Func<string> describe) =>
        GetAsync(() => Task.FromResult(ask() ? "yes" : null), describe);
}
