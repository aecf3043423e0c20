using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>An app that uses Recluster can be tested like any other.</summary>
[Collection(LoadCollection.Name)]
public class WebApplicationFactoryTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_WebApplicationFactory_runs_the_app_as_a_single_process(bool useKestrel)
    {
        var before = ProcessTable.ChildrenOf(Environment.ProcessId);
        await using var factory = new WebApplicationFactory<Program>();
        if (useKestrel)
        {
            factory.UseKestrel(0);
        }

        using var client = factory.CreateClient();
        var body = await client.GetStringAsync(new Uri("/", UriKind.Relative));
        var cluster = factory.Services.GetRequiredService<IReclusterControl>();
        var result = await cluster.ReloadAsync();

        Assert.Contains($"\"pid\":{Environment.ProcessId}", body, StringComparison.Ordinal);
        Assert.Equal(ReloadStatus.NotClustered, result.Status);
        Assert.NotEmpty(result.Reason!);
        Assert.Empty(cluster.Workers);
        Assert.Empty(cluster.ActiveWorkers);
        var worker = factory.Services.GetRequiredService<IReclusterWorker>();
        Assert.Equal((0, 0, false), (worker.Id, worker.Generation, worker.IsClustered));
        Assert.Empty(ProcessTable.ChildrenOf(Environment.ProcessId).Except(before));
    }

    [Fact]
    public async Task The_admin_endpoints_of_the_app_answer_off_the_cluster_too()
    {
        await using var factory = new WebApplicationFactory<Program>();
        using var client = factory.CreateClient();

        using var reload = await client.PostAsync(new Uri("/admin/reload", UriKind.Relative), null);

        Assert.True(reload.IsSuccessStatusCode);
        Assert.Contains("\"status\":\"NotClustered\"", await reload.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("[]", await client.GetStringAsync(new Uri("/admin/workers", UriKind.Relative)));
    }

    [Fact]
    public async Task The_factory_ends_with_the_app_not_draining_for_anybody()
    {
        CancellationToken draining;
        await using (var factory = new WebApplicationFactory<Program>())
        {
            using var client = factory.CreateClient();
            draining = factory.Services.GetRequiredService<IReclusterWorker>().Draining;
            Assert.False(draining.IsCancellationRequested);
        }

        Assert.True(draining.IsCancellationRequested);
    }
}
