using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Recluster.Platform;

namespace Recluster.Processes;

/// <summary>
/// The diagnostics port of a .NET process: a Unix domain socket in its temporary folder
/// (https://github.com/dotnet/diagnostics/blob/main/documentation/design-docs/ipc-protocol.md). What writes the dump is then a child of the process
/// itself, which the kernel lets trace its parent. A child of the master would need rights for that.
/// </summary>
internal static class DiagnosticsPort
{
    private const int HeaderSize = 20;
    private const int SizeOffset = 14;
    private const int CommandSetOffset = 16;
    private const int CommandOffset = 17;

    private const byte DumpCommands = 0x01;
    private const byte GenerateCoreDump3 = 0x03;
    private const byte ServerCommands = 0xFF;
    private const byte Succeeded = 0x00;
    private const uint WithHeap = 2;

    private static ReadOnlySpan<byte> Magic => "DOTNET_IPC_V1\0"u8;

    /// <summary>Completes when the file is written.</summary>
    /// <exception cref="IOException">There is no port, or the runtime could not write the dump.</exception>
    internal static async Task WriteDumpAsync(int processId, string file, CancellationToken cancellationToken)
    {
        using var socket = await ConnectAsync(processId, cancellationToken);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(DumpRequest(file), cancellationToken);
        var header = new byte[HeaderSize];
        await stream.ReadExactlyAsync(header, cancellationToken);
        if (!header.AsSpan().StartsWith(Magic) || header[CommandSetOffset] != ServerCommands)
        {
            throw new InvalidDataException("its diagnostics port answered what is no message of the protocol.");
        }

        if (header[CommandOffset] != Succeeded)
        {
            var payload = new byte[Math.Max(0, BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(SizeOffset)) - HeaderSize)];
            await stream.ReadExactlyAsync(payload, cancellationToken);
            throw new IOException("its runtime could not write it: " + ErrorText(payload));
        }
    }

    /// <summary>The header and then: the path, in UTF-16 with its length before and a zero at its end, the kind of dump, and no flags.</summary>
    internal static byte[] DumpRequest(string file)
    {
        var name = file.Replace("%", "%%", StringComparison.Ordinal) + '\0'; // createdump would put a pid, a name or a time there.
        var request = new byte[HeaderSize + sizeof(uint) + (name.Length * sizeof(char)) + (2 * sizeof(uint))];
        Magic.CopyTo(request);
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(SizeOffset), checked((ushort)request.Length));
        request[CommandSetOffset] = DumpCommands;
        request[CommandOffset] = GenerateCoreDump3;
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(HeaderSize), (uint)name.Length);
        var rest = request.AsSpan(HeaderSize + sizeof(uint));
        rest = rest[Encoding.Unicode.GetBytes(name, rest)..];
        BinaryPrimitives.WriteUInt32LittleEndian(rest, WithHeap);
        return request;
    }

    private static string ErrorText(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < sizeof(uint))
        {
            return "it does not say why.";
        }

        var text = payload.Length > 2 * sizeof(uint) ? Encoding.Unicode.GetString(payload[(2 * sizeof(uint))..]).TrimEnd('\0') : "";
        return string.Create(CultureInfo.InvariantCulture, $"error 0x{BinaryPrimitives.ReadUInt32LittleEndian(payload):X8}. {text}").Trim();
    }

    private static async Task<Socket> ConnectAsync(int processId, CancellationToken cancellationToken)
    {
        var folder = TemporaryFolderOf(processId);
        var pattern = string.Create(CultureInfo.InvariantCulture, $"dotnet-diagnostic-{processId}-*-socket");
        foreach (var candidate in new DirectoryInfo(folder).EnumerateFiles(pattern).OrderByDescending(file => file.LastWriteTimeUtc).ToArray())
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(candidate.FullName), cancellationToken);

                // The file's name is no proof: whoever may write in the folder can make one, and an earlier process may have had this pid.
                if (PeerCredentials.ProcessOf(socket) == processId)
                {
                    return socket;
                }
            }
            catch (SocketException)
            {
                // Of a process that is gone.
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            socket.Dispose();
        }

        throw new IOException(
            $"it has no diagnostics port, which would be the socket {Path.Combine(folder, pattern)}. Its runtime opens one unless "
            + "DOTNET_EnableDiagnostics or DOTNET_EnableDiagnostics_IPC is 0 in its environment: remove that, or set it to 1 in Recluster:WorkerEnvironment.");
    }

    // As the process found it when it was executed; a wrapper of the app's may have set it.
    private static string TemporaryFolderOf(int processId)
    {
        const string Variable = "TMPDIR=";
        var environment = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/environ"));
        return environment.Split('\0').FirstOrDefault(entry => entry.StartsWith(Variable, StringComparison.Ordinal))?[Variable.Length..] is { Length: > 0 } set
            ? set
            : "/tmp";
    }
}
