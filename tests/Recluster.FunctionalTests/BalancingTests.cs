using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>Balancing by the client's address: each client stays with its slot.</summary>
public class BalancingTests
{
    private const int Workers = 4;
    private const int ConnectionsOfEach = 3;

    private static readonly IPAddress[] Clients = [.. Enumerable.Range(2, 12).Select(last => IPAddress.Parse($"127.0.0.{last}"))];

    [Fact]
    public async Task A_client_stays_with_its_slot_across_reload_crash_and_respawn()
    {
        await using var cluster = await StartAsync("http://127.0.0.1:0");
        var before = await SlotsAsync(cluster);
        Assert.True(before.Values.Distinct().Count() > 1, "The clients are spread over the slots.");

        await cluster.ReloadBySignalAsync();
        Assert.Equal(before, await SlotsAsync(cluster));

        var slot = before[Clients[0]];
        var victim = await WhoAsync(cluster.Port, Clients[0]);
        var mark = cluster.Log.Mark;
        Posix.Signal(victim.Pid, Posix.SigKill);
        await cluster.Log.WaitForAsync($"Worker died: slot {slot}", mark);
        await cluster.WorkersWhenAsync(workers => workers.Any(worker =>
            worker.Slot == slot && worker.ProcessId != victim.Pid && worker.Phase == ReclusterWorkerPhase.Active));
        await Eventually.GetAsync(
            async () => (await WhoAsync(cluster.Port, Clients[0])).Slot == slot ? "yes" : null, () => "the sibling has let go of the socket");
        Assert.Equal(before, await SlotsAsync(cluster));
    }

    [Fact]
    public async Task Connections_of_a_client_that_are_open_at_the_same_time_are_not_evened_out()
    {
        await using var cluster = await StartAsync("http://127.0.0.1:0");
        var open = new List<HttpConnection>();
        var slots = new HashSet<int>();

        for (var i = 0; i < 20; i++)
        {
            open.Add(await HttpConnection.OpenAsync(cluster.Target, Eventually.Limit));
            slots.Add(ClusterProcess.Parse<ZooIdentity>(await open[^1].SendAsync("/", Eventually.Limit)).Slot);
        }

        Assert.Single(slots);
        foreach (var connection in open)
        {
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task Clients_of_IPv6_stay_with_their_slot()
    {
        await using var cluster = await StartAsync("http://[::1]:0");

        var slots = new HashSet<int>();
        for (var i = 0; i < Workers * ConnectionsOfEach; i++)
        {
            slots.Add((await WhoAsync(cluster.Port, IPAddress.IPv6Loopback)).Slot);
        }

        Assert.Single(slots);
    }

    [Fact]
    public async Task A_dual_stack_endpoint_goes_by_the_address_of_either_version()
    {
        await using var cluster = await StartAsync("http://[::]:0");

        var slots = await SlotsAsync(cluster);
        var ofIPv6 = new HashSet<int>();
        for (var i = 0; i < Workers * ConnectionsOfEach; i++)
        {
            ofIPv6.Add((await WhoAsync(cluster.Port, IPAddress.IPv6Loopback)).Slot);
        }

        Assert.True(slots.Values.Distinct().Count() > 1, "The clients of IPv4 are spread over the slots.");
        Assert.Single(ofIPv6);
    }

    [Fact]
    public async Task A_SignalR_client_with_negotiation_and_long_polling_works()
    {
        await using var cluster = await StartAsync("http://127.0.0.1:0");
        var served = new HashSet<string>();

        foreach (var client in Clients.Take(6))
        {
            await using var hub = new HubConnectionBuilder()
                .WithUrl(new Uri($"http://127.0.0.1:{cluster.Port}/hub"), options =>
                {
                    options.Transports = HttpTransportType.LongPolling;
                    options.HttpMessageHandlerFactory = _ => From(client);
                })
                .Build();
            await hub.StartAsync().WaitAsync(Eventually.Limit);

            var answers = new HashSet<string>();
            for (var i = 0; i < 5; i++)
            {
                answers.Add(await hub.InvokeAsync<string>("Who").WaitAsync(Eventually.Limit));
            }

            served.Add(Assert.Single(answers).Split(' ')[0]);
        }

        Assert.True(served.Count > 1, "More than one worker has served.");
    }

    private static Task<ClusterProcess> StartAsync(string urls) => ClusterProcess.StartAsync(new()
    {
        Urls = urls,
        Workers = Workers,
        Arguments = ["--Zoo:SignalR=true", "--Recluster:Balancing=ClientAddress", "--Recluster:MaxConcurrentStarts=2"],
    });

    /// <summary>The one slot of each client.</summary>
    private static async Task<Dictionary<IPAddress, int>> SlotsAsync(ClusterProcess cluster)
    {
        var slots = new Dictionary<IPAddress, int>();
        foreach (var client in Clients)
        {
            for (var i = 0; i < ConnectionsOfEach; i++)
            {
                var slot = (await WhoAsync(cluster.Port, client)).Slot;
                Assert.Equal(slots.GetValueOrDefault(client, slot), slot);
                slots[client] = slot;
            }
        }

        return slots;
    }

    /// <summary>Who answers this client on a fresh connection.</summary>
    private static async Task<ZooIdentity> WhoAsync(int port, IPAddress client)
    {
        using var http = new HttpClient(From(client)) { Timeout = Eventually.Limit };
        var host = client.AddressFamily == AddressFamily.InterNetwork ? "127.0.0.1" : "[::1]";
        return JsonSerializer.Deserialize<ZooIdentity>(await http.GetByteArrayAsync(new Uri($"http://{host}:{port}/")), ClusterProcess.Json)!;
    }

    private static SocketsHttpHandler From(IPAddress client) => new()
    {
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(client.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.Bind(new IPEndPoint(client, 0));
                var server = client.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback;
                await socket.ConnectAsync(new IPEndPoint(server, context.DnsEndPoint.Port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}
