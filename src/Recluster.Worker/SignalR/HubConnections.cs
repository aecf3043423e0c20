using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Recluster.Lifecycle;

namespace Recluster.SignalR;

/// <summary>
/// Knows the hub connections that cannot stay in a draining worker: over long polling and server-sent events a client sends each message by a request
/// of its own, and those reach the successor, which answers 404. So their clients are told early. WebSockets are left alone.
/// </summary>
internal sealed class HubConnections(Succession succession, Negotiations negotiations, TimeProvider time, ILoggerFactory loggerFactory) : IHubFilter
{
    // They connect again within the notice that the switch is near.
    private static readonly TimeSpan Spread = TimeSpan.FromMilliseconds(500);

    private readonly ILogger _logger = loggerFactory.CreateLogger("Recluster.Worker");
    private readonly ConcurrentDictionary<string, HubConnection> _connections = new(StringComparer.Ordinal);


    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        var features = context.Context.Features;
        var request = features.Get<IHttpContextFeature>()?.HttpContext;
        negotiations.Complete(request);
        if (features.Get<IHttpTransportFeature>() is not { TransportType: HttpTransportType.LongPolling or HttpTransportType.ServerSentEvents }
            || features.Get<IConnectionLifetimeNotificationFeature>() is not { } lifetime)
        {
            await next(context);
            return;
        }

        var connection = new HubConnection(lifetime, succession.SlotOf(request), time);
        connection.BeginCall();
        _connections[context.Context.ConnectionId] = connection;
        try
        {
            await next(context);
        }
        catch
        {
            Remove(context); // SignalR does not call OnDisconnectedAsync then.
            throw;
        }

        connection.EndCall();
        if (succession.IsLeaving(connection.Slot))
        {
            _ = connection.LeaveAsync(succession.IsOver); // It came after the others were told.
        }
    }

    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        ArgumentNullException.ThrowIfNull(invocationContext);
        ArgumentNullException.ThrowIfNull(next);
        if (!_connections.TryGetValue(invocationContext.Context.ConnectionId, out var connection))
        {
            return await next(invocationContext);
        }

        connection.BeginCall();
        try
        {
            return await next(invocationContext);
        }
        finally
        {
            connection.EndCall();
        }
    }

    public Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        Remove(context);
        return next(context, exception);
    }

    /// <summary>Whether any client of this slot has not gone yet.</summary>
    internal bool HasAny(int slot) => _connections.Values.Any(connection => connection.Slot == slot);

    /// <summary>Tells those of these slots to connect again, one after the other over half a second.</summary>
    internal async Task LeaveAsync(IReadOnlyCollection<int> slots)
    {
        var all = _connections.Values.Where(connection => slots.Contains(connection.Slot)).ToArray();
        if (all.Length > 0)
        {
            WorkerLog.HubConnectionsLeave(_logger, all.Length);
        }

        Random.Shared.Shuffle(all);
        var began = time.GetTimestamp();
        for (var i = 0; i < all.Length; i++)
        {
            var ahead = (Spread * i / all.Length) - time.GetElapsedTime(began);
            if (ahead > TimeSpan.Zero && !succession.IsDraining)
            {
                await Task.Delay(ahead, time);
            }

            _ = all[i].LeaveAsync(succession.IsOver);
        }
    }

    /// <summary>For a drain that comes without notice.</summary>
    internal void LeaveAll() => _ = LeaveAsync([.. _connections.Values.Select(connection => connection.Slot).Distinct()]);

    /// <summary>
    /// Whether the TCP connection of this request stays open in the drain: the next request of such a hub connection has to come here too, until its
    /// client has been told.
    /// </summary>
    internal bool Needs(HttpContext context) =>
        !_connections.IsEmpty && context.GetEndpoint()?.Metadata.GetMetadata<HubMetadata>() is not null && context.Request.Query.ContainsKey("id");

    private void Remove(HubLifetimeContext context)
    {
        if (_connections.TryRemove(context.Context.ConnectionId, out var connection))
        {
            connection.End();
        }
    }
}
