using Grpc.AspNetCore.Server.Model;
using Grpc.Core;

namespace WorkerZoo.Grpc;

/// <summary>Calls that end only when somebody ends them.</summary>
internal sealed class ZooService
{
    internal static async Task<string> UnaryAsync(string way, ServerCallContext call)
    {
        Console.Out.WriteLine("unary call runs");
        await RestAsync(way, TimeSpan.FromDays(1), call);
        return "done";
    }

    internal static async Task ServerStreamingAsync(string way, IServerStreamWriter<string> responses, ServerCallContext call)
    {
        for (var i = 0; !(way == ZooMethods.Returns && call.CancellationToken.IsCancellationRequested); i++)
        {
            await responses.WriteAsync($"{i}");
            await RestAsync(way, TimeSpan.FromMilliseconds(20), call);
        }
    }

    internal static async Task<string> ClientStreamingAsync(IAsyncStreamReader<string> requests, ServerCallContext call)
    {
        await call.WriteResponseHeadersAsync([]);
        await foreach (var request in requests.ReadAllAsync())
        {
            Console.Out.WriteLine($"client streams {request}");
        }

        return "done";
    }

    internal static async Task DuplexAsync(IAsyncStreamReader<string> requests, IServerStreamWriter<string> responses, ServerCallContext call)
    {
        await foreach (var request in requests.ReadAllAsync())
        {
            await responses.WriteAsync(request);
        }
    }

    private static Task RestAsync(string way, TimeSpan time, ServerCallContext call) => way switch
    {
        ZooMethods.Throws => Task.Delay(time, call.CancellationToken),
        ZooMethods.Returns => Task.Delay(time, call.CancellationToken).ContinueWith(_ => { }, TaskScheduler.Default),
        _ => Task.Delay(time),
    };

    /// <summary>Tells the server of the methods, as generated code does.</summary>
    internal sealed class Provider : IServiceMethodProvider<ZooService>
    {
        public void OnServiceMethodDiscovery(ServiceMethodProviderContext<ZooService> context)
        {
            context.AddUnaryMethod(ZooMethods.Unary, [], (_, request, call) => UnaryAsync(request, call));
            context.AddServerStreamingMethod(ZooMethods.ServerStreaming, [], (_, request, responses, call) => ServerStreamingAsync(request, responses, call));
            context.AddClientStreamingMethod(ZooMethods.ClientStreaming, [], (_, requests, call) => ClientStreamingAsync(requests, call));
            context.AddDuplexStreamingMethod(ZooMethods.Duplex, [], (_, requests, responses, call) => DuplexAsync(requests, responses, call));
        }
    }
}
