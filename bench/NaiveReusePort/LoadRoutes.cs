using System.Security.Cryptography;

namespace NaiveReusePort;

/// <summary>What the load client asks of a server.</summary>
internal static class LoadRoutes
{
    // The content of a download has a period of 251 bytes, which is how the client tells that a piece is missing.
    private static readonly byte[] Chunk = [.. Enumerable.Range(0, 251 * 256).Select(i => (byte)(i % 251))];

    internal static void MapLoadRoutes(this WebApplication app)
    {
        app.MapGet("/", () => "hello");
        app.MapGet("/slow", SlowAsync);
        app.MapPost("/upload", UploadAsync);
        app.MapGet("/download", DownloadAsync);
    }

    private static async Task<string> SlowAsync(int ms)
    {
        await Task.Delay(ms);
        return "hello";
    }

    private static async Task<object> UploadAsync(HttpRequest request)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        long length = 0;
        for (int read; (read = await request.Body.ReadAsync(buffer)) > 0; length += read)
        {
            hash.AppendData(buffer, 0, read);
        }

        return new { Length = length, Sha256 = Convert.ToHexString(hash.GetHashAndReset()) };
    }

    private static async Task DownloadAsync(long bytes, HttpResponse response)
    {
        response.ContentLength = bytes;
        for (var left = bytes; left > 0; left -= Chunk.Length)
        {
            await response.Body.WriteAsync(Chunk.AsMemory(0, (int)Math.Min(left, Chunk.Length)));
        }
    }
}
