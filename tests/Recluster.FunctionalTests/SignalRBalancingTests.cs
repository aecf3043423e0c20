using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>What an app with SignalR or Blazor Server gets when nobody has chosen a balancing, and what it is told when somebody has.</summary>
[Collection(LoadCollection.Name)]
public class SignalRBalancingTests
{
    [Fact]
    public async Task The_clients_of_an_app_with_SignalR_stay_with_their_worker_by_default_and_one_line_says_so()
    {
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options() with { Workers = 4 });

        var pids = new HashSet<string>();
        for (var i = 0; i < 12; i++)
        {
            pids.Add((await cluster.RequestAsync("/who")).Text);
        }

        Assert.Single(pids);
        Assert.Equal(1, cluster.Log.Count("so Balancing is ClientAddress"));
        Assert.DoesNotContain("warn: Recluster", cluster.Log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LeastConnections")]
    [InlineData("Connection")]
    public async Task Another_balancing_is_taken_as_chosen_and_warned_of(string balancing)
    {
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options($"--Recluster:Balancing={balancing}"));

        Assert.Equal(1, cluster.Log.Count($"and Balancing is {balancing} with 2 workers: a client that negotiates with one worker"));
        Assert.DoesNotContain("so Balancing is ClientAddress", cluster.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Unix_domain_socket_cannot_keep_clients_with_their_worker_and_one_warning_says_so()
    {
        using var folder = new TemporaryFolder();
        var socket = folder.File("app.sock");
        await using var cluster = await ClusterProcess.StartAsync(BlazorZoo.Options() with { Urls = $"http://unix:{socket}" });

        Assert.Equal(1, cluster.Log.Count($"Balancing by ClientAddress has no effect on {socket}"));
    }

    [Fact]
    public async Task An_app_without_SignalR_is_told_nothing()
    {
        await using var cluster = await ClusterProcess.StartAsync();

        Assert.DoesNotContain("ClientAddress", cluster.Log.Text, StringComparison.Ordinal);
    }
}
