using System.Net.Sockets;
using Recluster.LoadClient;

namespace Recluster.Bench.Servers.Peers;

/// <summary>Waits for what a peer does not announce, by looking every few milliseconds, up to a deadline.</summary>
internal static class Wait
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <param name="condition">What is awaited.</param>
    /// <param name="what">The same in words, for the one who reads that it did not come.</param>
    /// <param name="log">What the peer has printed, for the same reader.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task UntilAsync(
        Func<Task<bool>> condition, string what, Func<string> log, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Deadline);
        while (!await condition())
        {
            await Task.Delay(Pause, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"{what}: not within {Deadline.TotalSeconds:F0} s. {log()}");
            }
        }
    }

    /// <inheritdoc cref="UntilAsync(Func{Task{bool}}, string, Func{string}, CancellationToken)"/>
    public static Task UntilAsync(Func<bool> condition, string what, Func<string> log, CancellationToken cancellationToken) =>
        UntilAsync(() => Task.FromResult(condition()), what, log, cancellationToken);

    /// <summary>Waits until a request is answered with 200.</summary>
    /// <exception cref="InvalidOperationException">The process has ended instead.</exception>
    public static Task UntilAnswersAsync(ChildProcess? process, LoadTarget target, CancellationToken cancellationToken) => UntilAsync(
        async () =>
        {
            if (process is { HasExited: true })
            {
                throw new InvalidOperationException($"it ended at its start: {process.Log}");
            }

            return await AnswersAsync(target);
        },
        $"an answer from {target.EndPoint}",
        () => process?.Log ?? "",
        cancellationToken);

    private static async Task<bool> AnswersAsync(LoadTarget target)
    {
        try
        {
            return (await HttpConnection.SendOnceAsync(target, "/", TimeSpan.FromSeconds(5))).Status == 200;
        }
        catch (Exception e) when (e is RequestFailedException or SocketException)
        {
            return false;
        }
    }
}
