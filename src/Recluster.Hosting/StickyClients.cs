using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;
using Recluster.Protocol;
using Recluster.Sockets;

namespace Recluster;

/// <summary>
/// Whether the clients of an app have to come back to the same worker, and the balancing that follows from it. SignalR begins a connection
/// with one request (negotiation) and goes on with others, and only the memory of the worker that answered the first one knows the connection.
/// </summary>
internal sealed class StickyClients(bool areNeeded)
{
    // The table of connections that AddSignalR, AddServerSideBlazor, AddInteractiveServerComponents and AddConnections register. AddSignalRCore
    // alone has none: such an app sends through a backplane and accepts no clients.
    private const string ConnectionTable = "Microsoft.AspNetCore.Http.Connections.Internal.HttpConnectionManager";

    // Azure's service holds the clients' connections, and any worker may negotiate.
    private const string AzureService = "Microsoft.Azure.SignalR.";

    internal bool AreNeeded => areNeeded;

    internal static StickyClients Of(IServiceCollection services)
    {
        var names = services.Select(service => service.ServiceType.FullName ?? "").ToArray();
        return new StickyClients(names.Contains(ConnectionTable) && !names.Any(name => name.StartsWith(AzureService, StringComparison.Ordinal)));
    }

    internal Balancing Choose(ReclusterOptions options) =>
        options.Balancing ?? (areNeeded ? Balancing.ClientAddress : Balancing.LeastConnections);

    /// <summary>Says once, at the start of the master, what was chosen for the user or what the user's choice breaks.</summary>
    internal void Report(ReclusterOptions options, ILogger logger)
    {
        if (!areNeeded)
        {
            return;
        }

        if (options.Balancing is null)
        {
            MasterLog.StickyByDefault(logger);
        }
        else if (options.Balancing != Balancing.ClientAddress && options.Workers > 1)
        {
            MasterLog.StickyMissing(logger, Choose(options), options.Workers);
        }
    }

    /// <summary>An endpoint with one socket for all workers gives no say in which of them accepts.</summary>
    internal void Check(Reservation reservation, ReclusterOptions options, ILogger logger)
    {
        if (reservation.Layout == EndpointLayout.Shared && options.Workers > 1 && Choose(options) == Balancing.ClientAddress)
        {
            MasterLog.StickyImpossible(logger, reservation.EndPoint.ToString() ?? "", areNeeded ? SignalRBreaks : "");
        }
    }

    private const string SignalRBreaks =
        " SignalR and Blazor Server clients that come in here fail whenever their second request reaches another worker.";
}
