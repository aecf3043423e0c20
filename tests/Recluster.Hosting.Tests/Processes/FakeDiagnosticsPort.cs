using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Processes;

/// <summary>A socket with the name of a process's diagnostics port, on which the test answers.</summary>
internal sealed class FakeDiagnosticsPort : IDisposable
{
    private const int HeaderSize = 20;

    private readonly string _path;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    internal FakeDiagnosticsPort(string folder, int processId)
    {
        _path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"dotnet-diagnostic-{processId}-{Guid.NewGuid():N}-socket"));
        _listener.Bind(new UnixDomainSocketEndPoint(_path));
        _listener.Listen();
        File.SetLastWriteTimeUtc(_path, DateTime.UtcNow.AddHours(1)); // Newer than the real one of this process.
    }

    /// <summary>Takes one request and answers it.</summary>
    internal async Task<(string File, byte CommandSet, byte Command, uint Type)> AnswerAsync(Func<string, byte[]?> answer)
    {
        using var socket = await _listener.AcceptAsync().InTime();
        using var stream = new NetworkStream(socket);
        var header = new byte[HeaderSize];
        await stream.ReadExactlyAsync(header).AsTask().InTime();
        Assert.Equal("DOTNET_IPC_V1\0", Encoding.ASCII.GetString(header, 0, 14));
        var payload = new byte[BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(14)) - HeaderSize];
        await stream.ReadExactlyAsync(payload).AsTask().InTime();
        var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(payload);
        var file = Encoding.Unicode.GetString(payload, 4, length * 2);
        Assert.Equal('\0', file[^1]);
        Assert.Equal(payload.Length, 4 + (length * 2) + 8);
        if (answer(file[..^1]) is { } bytes)
        {
            await stream.WriteAsync(bytes);
        }
        else
        {
            _ = await stream.ReadAsync(new byte[1]).AsTask().InTime(); // Until the other end gives up.
        }

        return (file[..^1], header[16], header[17], BinaryPrimitives.ReadUInt32LittleEndian(payload.AsSpan(4 + (length * 2))));
    }

    internal static byte[] Message(byte command, params ReadOnlySpan<byte> payload) =>
        [.. "DOTNET_IPC_V1\0"u8, (byte)(HeaderSize + payload.Length), 0, 0xFF, command, 0, 0, .. payload];

    public void Dispose()
    {
        _listener.Dispose();
        File.Delete(_path);
    }
}
