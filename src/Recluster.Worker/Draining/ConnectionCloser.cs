using Recluster.Sockets;

namespace Recluster.Draining;

/// <summary>
/// Ends connections one after the other, in random order over a window, so that their clients do not all connect again in one
/// instant (HAProxy's close-spread-time). Each is ended in its own protocol first, and cut off if it is still there a moment later.
/// </summary>
internal sealed class ConnectionCloser(ConnectionRegistry registry, TimeProvider time)
{
    /// <summary>How long a client, and the app, have to answer a goodbye.</summary>
    internal static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(1);

    /// <summary>How long what was closed has to come to its end. Together with the goodbye less than the master's patience before it kills.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    /// <summary>Ends all that is left.</summary>
    /// <returns>How many had to be cut off.</returns>
    internal Task<int> CloseAllAsync(TimeSpan window) =>
        SpreadAsync([.. registry.Connections], window, connection => !connection.Disposed.IsCompleted, connection => connection.CloseAsync(time));

    /// <summary>Ends WebSockets and event streams, and leaves alone whatever else their connections carry.</summary>
    /// <returns>How many had to be cut off.</returns>
    internal Task<int> CloseLongLivedAsync(TimeSpan window) =>
        SpreadAsync([.. registry.Connections.SelectMany(connection => connection.Running).Where(request => request.IsLongLived)], window, request => request.IsRunning, request => request.CloseAsync(time));

    internal static async Task<bool> IsOverAsync(Task task, TimeSpan patience, TimeProvider time)
    {
        await task.WaitAsync(patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return task.IsCompleted;
    }

    private async Task<int> SpreadAsync<T>(T[] all, TimeSpan window, Func<T, bool> isThere, Func<T, Task<bool>> close)
    {
        Random.Shared.Shuffle(all);
        var began = time.GetTimestamp();
        var closing = new List<Task<bool>>();
        for (var i = 0; i < all.Length; i++)
        {
            var ahead = (window * i / all.Length) - time.GetElapsedTime(began);
            if (ahead > TimeSpan.Zero && isThere(all[i]))
            {
                await Task.Delay(ahead, time);
            }

            if (isThere(all[i]))
            {
                closing.Add(close(all[i]));
            }
        }

        return (await Task.WhenAll(closing)).Count(endedByItself => !endedByItself);
    }
}
