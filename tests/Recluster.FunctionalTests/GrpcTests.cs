using System.Net;
using System.Reflection;
using Grpc.Core;
using Grpc.Net.Client;
using Recluster.FunctionalTests.Support;
using WorkerZoo.Grpc;

namespace Recluster.FunctionalTests;

/// <summary>gRPC calls that are left at DrainTimeout end with a status that says they may be made again.</summary>
[Collection(LoadCollection.Name)]
public class GrpcTests
{
    private static readonly string Dll = Path.GetFullPath(Path.Combine(
        typeof(GrpcTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "WorkerZoo.Grpc").Value!,
        "WorkerZoo.Grpc.dll"));

    private static readonly ZooOptions Options = new()
    {
        Command = [ZooBuild.DotnetHost, Dll],
        Urls = null,
        Workers = 1,
        Arguments = ["--Recluster:DrainTimeout=00:00:01"],
    };

    [Theory]
    [InlineData(ZooMethods.Throws)]
    [InlineData(ZooMethods.Returns)]
    [InlineData(ZooMethods.Deaf)]
    public async Task A_server_stream_runs_on_through_a_reload_and_ends_as_unavailable(string way)
    {
        await using var cluster = await ClusterProcess.StartAsync(Options);
        using var channel = Connect(cluster);
        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(ZooMethods.ServerStreaming, null, default, way);
        Assert.True(await call.ResponseStream.MoveNext().WaitAsync(Eventually.Limit));

        await cluster.ReloadBySignalAsync();
        Assert.True(await call.ResponseStream.MoveNext().WaitAsync(Eventually.Limit));

        var error = await Assert.ThrowsAsync<RpcException>(() => ReadToEndAsync(call.ResponseStream));
        AssertUnavailable(error);
    }

    [Theory]
    [InlineData(ZooMethods.Throws)]
    [InlineData(ZooMethods.Deaf)]
    public async Task A_unary_call_ends_as_unavailable(string way)
    {
        await using var cluster = await ClusterProcess.StartAsync(Options);
        using var channel = Connect(cluster);
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(ZooMethods.Unary, null, default, way);
        await cluster.Log.WaitForAsync("unary call runs");

        await cluster.ReloadBySignalAsync();

        AssertUnavailable(await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WaitAsync(Eventually.Limit)));
    }

    [Fact]
    public async Task A_unary_call_that_is_done_when_it_is_told_to_end_keeps_its_answer()
    {
        await using var cluster = await ClusterProcess.StartAsync(Options);
        using var channel = Connect(cluster);
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(ZooMethods.Unary, null, default, ZooMethods.Returns);
        await cluster.Log.WaitForAsync("unary call runs");

        await cluster.ReloadBySignalAsync();

        Assert.Equal("done", await call.ResponseAsync.WaitAsync(Eventually.Limit));
    }

    [Fact]
    public async Task A_client_stream_ends_as_unavailable()
    {
        await using var cluster = await ClusterProcess.StartAsync(Options);
        using var channel = Connect(cluster);
        using var call = channel.CreateCallInvoker().AsyncClientStreamingCall(ZooMethods.ClientStreaming, null, default);
        await call.RequestStream.WriteAsync("one");
        await cluster.Log.WaitForAsync("client streams one");

        await cluster.ReloadBySignalAsync();
        await call.RequestStream.WriteAsync("two");
        await cluster.Log.WaitForAsync("client streams two");

        AssertUnavailable(await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WaitAsync(Eventually.Limit)));
    }

    [Fact]
    public async Task A_duplex_stream_ends_as_unavailable_for_who_reads_and_for_who_writes()
    {
        await using var cluster = await ClusterProcess.StartAsync(Options);
        using var channel = Connect(cluster);
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(ZooMethods.Duplex, null, default);
        await EchoAsync("one");

        await cluster.ReloadBySignalAsync();
        await EchoAsync("two");

        AssertUnavailable(await Assert.ThrowsAsync<RpcException>(() => ReadToEndAsync(call.ResponseStream)));
        AssertUnavailable(await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync("three")));

        async Task EchoAsync(string text)
        {
            await call.RequestStream.WriteAsync(text);
            Assert.True(await call.ResponseStream.MoveNext().WaitAsync(Eventually.Limit));
            Assert.Equal(text, call.ResponseStream.Current);
        }
    }

    [Fact]
    public async Task A_request_over_HTTP_2_that_does_not_listen_is_reset_and_its_connection_lives_on_to_say_it()
    {
        await using var cluster = await ClusterProcess.StartAsync(Options);
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var request = client.GetAsync(new Uri($"http://127.0.0.1:{cluster.Port}/deaf"));
        await cluster.Log.WaitForAsync("deaf request runs");

        await cluster.ReloadBySignalAsync();

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => request.WaitAsync(Eventually.Limit));
        Assert.Equal(8, Assert.IsType<HttpProtocolException>(error.InnerException).ErrorCode); // CANCEL, RFC 9113, 7.
    }

    private static GrpcChannel Connect(ClusterProcess cluster) => GrpcChannel.ForAddress($"http://127.0.0.1:{cluster.Port}");

    private static async Task ReadToEndAsync(IAsyncStreamReader<string> stream)
    {
        while (await stream.MoveNext().WaitAsync(Eventually.Limit))
        {
        }
    }

    private static void AssertUnavailable(RpcException error) =>
        Assert.Equal((StatusCode.Unavailable, "The server is shutting down."), (error.StatusCode, error.Status.Detail));
}
