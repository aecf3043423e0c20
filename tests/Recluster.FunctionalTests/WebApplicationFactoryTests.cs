using System.Net;
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
    public async Task The_admin_endpoints_of_the_app_answer_this_machine_alone_off_the_cluster_too()
    {
        await using var factory = new WebApplicationFactory<Program>();

        var reload = await AdminAsync(factory, "POST", "/admin/reload", IPAddress.Loopback);

        Assert.Equal(200, reload.Status);
        Assert.Contains("\"status\":\"NotClustered\"", reload.Text, StringComparison.Ordinal);
        Assert.Equal((200, "[]"), await AdminAsync(factory, "GET", "/admin/workers", IPAddress.IPv6Loopback));
        foreach (var stranger in (IPAddress?[])[IPAddress.Parse("192.0.2.7"), null])
        {
            Assert.Equal((404, ""), await AdminAsync(factory, "POST", "/admin/reload", stranger));
            Assert.Equal((404, ""), await AdminAsync(factory, "GET", "/admin/workers", stranger));
        }
    }

    private static async Task<(int Status, string Text)> AdminAsync(
        WebApplicationFactory<Program> factory, string method, string path, IPAddress? client)
    {
        var answer = await factory.Server.SendAsync(context =>
        {
            (context.Request.Method, context.Request.Path) = (method, path);
            context.Connection.RemoteIpAddress = client;
        });
        using var reader = new StreamReader(answer.Response.Body);
        return (answer.Response.StatusCode, await reader.ReadToEndAsync());
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
