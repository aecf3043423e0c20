using System.Diagnostics;
using System.Net.WebSockets;
using System.Security.Cryptography;

namespace BenchApi;

/// <summary>What the load client asks of a server. The tests' zoo has the same routes.</summary>
internal static class LoadRoutes
{
    private const int LongestMessage = 4096;
    private const int Period = 251;

    // Served in pieces: every piece but the last begins where the content's period does.
    private static readonly byte[] KnownContent = [.. Enumerable.Range(0, Period * 256).Select(i => (byte)(i % Period))];

    internal static void MapLoadRoutes(this WebApplication app)
    {
        app.UseWebSockets();
        app.MapGet("/slow", async (int ms) =>
        {
            await Task.Delay(ms);
            return new { Pid = Environment.ProcessId };
        });
        app.MapPost("/upload", UploadAsync);
        app.MapGet("/download", DownloadAsync);
        app.MapGet("/ws", EchoAsync);
        app.MapGet("/stream", EventsAsync);
    }

    private static async Task<object> UploadAsync(HttpRequest request)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var piece = new byte[16 << 10];
        var length = 0L;
        int read;
        while ((read = await request.Body.ReadAsync(piece)) > 0)
        {
            hash.AppendData(piece, 0, read);
            length += read;
        }

        return new { Length = length, Sha256 = Convert.ToHexString(hash.GetHashAndReset()) };
    }

    private static async Task DownloadAsync(int bytes, HttpResponse response)
    {
        response.ContentLength = bytes;
        for (var left = bytes; left > 0; left -= KnownContent.Length)
        {
            await response.Body.WriteAsync(KnownContent.AsMemory(0, Math.Min(left, KnownContent.Length)));
        }
    }

    private static async Task EchoAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var message = new byte[LongestMessage];
        while (await socket.ReceiveAsync(message.AsMemory(), CancellationToken.None) is { MessageType: not WebSocketMessageType.Close } part)
        {
            await socket.SendAsync(message.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, CancellationToken.None);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }

    private static async Task EventsAsync(int ms, HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        try
        {
            for (var i = 1; ; i++)
            {
                await context.Response.WriteAsync($"id: {i}\ndata: {{\"pid\":{Environment.ProcessId}}}\n\n", context.RequestAborted);
                await Task.Delay(ms, context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            Debug.Assert(context.RequestAborted.IsCancellationRequested, "The client has left.");
        }
    }
}
