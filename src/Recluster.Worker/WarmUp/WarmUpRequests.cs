using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recluster.Protocol;
using Recluster.Sockets;

namespace Recluster.WarmUp;

/// <summary>Sends the requests of the warm-up. What it opened is closed when it is done.</summary>
internal sealed class WarmUpRequests(
    WorkerSettings settings,
    WorkerEnvironment environment,
    WorkerSockets sockets,
    WarmUpHaste haste,
    IOptions<SocketTransportOptions> transport,
    Lazy<MessageChannel> channel,
    IServiceProvider services,
    TimeProvider time,
    ILoggerFactory loggerFactory)
{
    // For requests that were given up to notice it.
    private static readonly TimeSpan ClosingGrace = TimeSpan.FromSeconds(1);

    // A request that takes longer would keep clients waiting that are not even its own.
    private static readonly TimeSpan LimitInHaste = TimeSpan.FromSeconds(1);

    // An endpoint that never answers is tried four ways, and no one way may use up the whole limit.
    private const int AttemptsInLimit = 4;

    private readonly ILogger _logger = loggerFactory.CreateLogger("Recluster.Worker");

    private WarmUpOptions Options => settings.WarmUp;

    /// <summary>The requests of the app's, with what has become of them; how many were answered altogether, and how many pauses there were.</summary>
    internal async Task<(IReadOnlyList<WarmUpItem> Named, int Answered, int Pauses)> SendAsync(CancellationToken end)
    {
        using var inTime = CancellationTokenSource.CreateLinkedTokenSource(end);
        using var hurried = Options.IsRequired ? default : haste.OnceEach.Register(() => _ = CancelSoonAsync(inTime));
        return await SendInTimeAsync(inTime.Token);
    }

    private async Task<(IReadOnlyList<WarmUpItem> Named, int Answered, int Pauses)> SendInTimeAsync(CancellationToken end)
    {
        await using var rehearsal = new Rehearsal(environment, transport, loggerFactory, time);
        var endpoints = await rehearsal.OpenAsync(sockets.Listeners);
        var clients = endpoints.Select(endpoint => new WarmUpClient(endpoint.ConnectAsync)).ToArray();
        try
        {
            var targets = await DetectAsync(endpoints, clients, end);
            WarmUpItem[] named = [.. WarmUpPlan.Requests(Options, targets)];
            WarmUpItem[] all = [.. named, .. WarmUpPlan.Probes(Options, targets)];
            var pauses = new CompilerPauses(all.Length, Options.TimeLimit / 2, time, haste.WithoutPauses);
            await new WarmUpQueue(all, Options.Concurrency, pauses, () => Report(named), haste.OnceEach).RunAsync(end);
            await RehearseDrainAsync(rehearsal, targets, end);
            return (named, all.Sum(item => item.Answered), pauses.Paused);
        }
        finally
        {
            Array.ForEach(clients, client => client.Dispose());
            Array.ForEach(endpoints, endpoint => endpoint.Disconnect());
            await rehearsal.BeginDrainAsync();
            await AwaitDrainedAsync(rehearsal);
        }
    }

    private async Task CancelSoonAsync(CancellationTokenSource sending)
    {
        await Task.Delay(LimitInHaste, time);
        try
        {
            await sending.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // All was sent in time.
        }
    }

    private async Task RehearseDrainAsync(Rehearsal rehearsal, List<WarmUpTarget> targets, CancellationToken end)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, haste.OnceEach);
        await SendEachAsync(targets, either.Token); // Leaves an open connection to each.
        await rehearsal.BeginDrainAsync();
        await SendEachAsync(targets, either.Token);
    }

    private async Task SendEachAsync(IEnumerable<WarmUpTarget> targets, CancellationToken end)
    {
        using var soon = new CancellationTokenSource(ClosingGrace, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(soon.Token, end);
        foreach (var target in targets)
        {
            var probe = new WarmUpItem(WarmUpProbe.Path, [target], 1, WarmUpProbe.For, _ => true);
            await probe.SendAsync(0, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<List<WarmUpTarget>> DetectAsync(WarmUpEndpoint[] endpoints, WarmUpClient[] clients, CancellationToken end)
    {
        var addresses = services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var detection = new ProtocolDetection(Options.TimeLimit / AttemptsInLimit, time);
        var targets = new List<WarmUpTarget>();
        var detected = await Task.WhenAll(endpoints.Zip(clients, (endpoint, client) =>
            detection.DetectAsync(endpoint, client, ServerAddresses.SayHttps(addresses, endpoint.EndPoint), end)));
        foreach (var (endpoint, (found, failure)) in endpoints.Zip(detected))
        {
            targets.AddRange(found);
            if (failure is not null && !end.IsCancellationRequested)
            {
                WarmUpLog.EndpointSkipped(_logger, endpoint.EndPoint, failure);
            }
        }

        return targets;
    }

    /// <summary>For the reason, if StartTimeout comes before TimeLimit.</summary>
    private void Report(WarmUpItem[] named)
    {
        var awaited = string.Join(", ", named.Where(item => item.IsAwaited).Select(item => item.Name));
        channel.Value.Send(new Message.Waiting(awaited.Length > 0 ? $"its warm-up: {awaited}" : "its warm-up"));
    }

    private async Task AwaitDrainedAsync(Rehearsal rehearsal)
    {
        try
        {
            await rehearsal.Drained.WaitAsync(ClosingGrace, time);
        }
        catch (TimeoutException)
        {
            WarmUpLog.LeftBehind(_logger);
        }
    }
}
