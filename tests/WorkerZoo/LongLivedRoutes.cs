using System.Net.WebSockets;
using Recluster;

namespace WorkerZoo;

/// <summary>Requests that end only when somebody ends them.</summary>
internal static class LongLivedRoutes
{
    internal static void Map(WebApplication app)
    {
        app.UseWebSockets();
        app.Map("/ws/echo", async (HttpContext context) =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var piece = new byte[4096];
            while (socket.State == WebSocketState.Open)
            {
                var message = await socket.ReceiveAsync(piece, context.RequestAborted);
                if (message.MessageType == WebSocketMessageType.Close)
                {
                    await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "the app's own", CancellationToken.None);
                    return;
                }

                await socket.SendAsync(piece.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, context.RequestAborted);
            }
        });
        app.MapGet("/sse", (CancellationToken aborted) => TypedResults.ServerSentEvents(CountAsync(aborted)));
        app.MapGet("/lines", async (HttpResponse response, CancellationToken aborted) =>
        {
            response.ContentType = "application/x-ndjson";
            await foreach (var number in CountAsync(aborted))
            {
                await response.WriteAsync($"{number}\n", aborted);
            }
        });
        app.MapGet("/poll", async (CancellationToken aborted) =>
        {
            Console.Out.WriteLine("polling");
            await Task.Delay(Timeout.Infinite, aborted);
        });
        app.MapGet("/head-first", async (string file, HttpResponse response) =>
        {
            response.ContentLength = 4;
            await response.StartAsync();
            await response.Body.FlushAsync();
            await Gate.WaitAsync(file);
            await response.WriteAsync("done");
        });

        if (app.Configuration.GetValue<bool>("Zoo:CloseLongLivedOnDrain"))
        {
            var worker = app.Services.GetRequiredService<IReclusterWorker>();
            worker.Draining.Register(() => _ = worker.CloseLongLivedAsync(TimeSpan.Zero));
        }
    }

    private static async IAsyncEnumerable<int> CountAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken aborted)
    {
        for (var i = 0; ; i++)
        {
            yield return i;
            await Task.Delay(20, aborted);
        }
    }
}
