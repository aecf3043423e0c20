using System.Globalization;
using System.Text;

namespace Recluster.LoadClient;

/// <summary>Reads HTTP/1.1 responses off a stream (RFC 9112): bodies by Content-Length, chunked, or up to the end of the connection.</summary>
internal sealed class ResponseReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    /// <summary>Whether a byte of the present response has come.</summary>
    internal bool HasBegun { get; private set; }

    /// <exception cref="EndOfStreamException">The connection ended before the response did.</exception>
    /// <exception cref="InvalidDataException">That is no HTTP response.</exception>
    internal async Task<HttpResponse> ReadAsync(CancellationToken cancellationToken)
    {
        var (version, status, headers) = await ReadHeadAsync(cancellationToken);
        return await ReadBodyAsync(version, status, headers, cancellationToken);
    }

    /// <summary>Reads up to the body.</summary>
    internal async Task<(string Version, int Status, Dictionary<string, string> Headers)> ReadHeadAsync(CancellationToken cancellationToken)
    {
        HasBegun = _end > _start;
        while (true)
        {
            var statusLine = await ReadLineAsync(cancellationToken);
            var parts = statusLine.Split(' ', 3);
            if (parts.Length < 2
                || !parts[0].StartsWith("HTTP/1.", StringComparison.Ordinal)
                || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var status))
            {
                throw new InvalidDataException($"no status line: '{statusLine}'");
            }

            var headers = await ReadHeadersAsync(cancellationToken);
            if (status is < 100 or >= 200)
            {
                return (parts[0], status, headers); // An interim response is skipped: the response is yet to come.
            }
        }
    }

    /// <summary>Reads the next chunk of a body in chunked coding; empty at its end.</summary>
    internal async Task<byte[]> ReadChunkAsync(CancellationToken cancellationToken)
    {
        var line = await ReadLineAsync(cancellationToken);
        if (!int.TryParse(line.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var size))
        {
            throw new InvalidDataException($"no chunk size: '{line}'");
        }

        if (size == 0)
        {
            await ReadHeadersAsync(cancellationToken); // Trailers.
            return [];
        }

        var chunk = await ReadExactlyAsync(size, cancellationToken);
        await ReadLineAsync(cancellationToken);
        return chunk;
    }

    private async Task<HttpResponse> ReadBodyAsync(
        string version, int status, Dictionary<string, string> headers, CancellationToken cancellationToken)
    {
        var connection = headers.GetValueOrDefault("Connection", "");
        var keepsAlive = version == "HTTP/1.0"
            ? connection.Contains("keep-alive", StringComparison.OrdinalIgnoreCase)
            : !connection.Contains("close", StringComparison.OrdinalIgnoreCase);

        byte[] body;
        if (status is 204 or 304)
        {
            body = [];
        }
        else if (headers.GetValueOrDefault("Transfer-Encoding", "").EndsWith("chunked", StringComparison.OrdinalIgnoreCase))
        {
            body = await ReadChunkedAsync(cancellationToken);
        }
        else if (headers.TryGetValue("Content-Length", out var length))
        {
            body = await ReadExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture), cancellationToken);
        }
        else
        {
            body = await ReadToEndAsync(cancellationToken);
            keepsAlive = false;
        }

        return new HttpResponse(status, headers, body, keepsAlive);
    }

    private async Task<Dictionary<string, string>> ReadHeadersAsync(CancellationToken cancellationToken)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        string line;
        while ((line = await ReadLineAsync(cancellationToken)).Length > 0)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                throw new InvalidDataException($"no header field: '{line}'");
            }

            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        return headers;
    }

    private async Task<byte[]> ReadChunkedAsync(CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        while (await ReadChunkAsync(cancellationToken) is { Length: > 0 } chunk)
        {
            body.Write(chunk);
        }

        return body.ToArray();
    }

    private async Task<byte[]> ReadExactlyAsync(int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        var filled = 0;
        while (filled < count)
        {
            if (_start == _end)
            {
                await FillAsync(cancellationToken);
            }

            var step = Math.Min(count - filled, _end - _start);
            _buffer.AsSpan(_start, step).CopyTo(bytes.AsSpan(filled));
            _start += step;
            filled += step;
        }

        return bytes;
    }

    private async Task<byte[]> ReadToEndAsync(CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        body.Write(_buffer, _start, _end - _start);
        _start = _end = 0;
        await stream.CopyToAsync(body, cancellationToken);
        return body.ToArray();
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = Encoding.Latin1.GetString(_buffer, _start, length);
                _start += length + 1;
                return line.TrimEnd('\r');
            }

            if (_end - _start == _buffer.Length)
            {
                throw new InvalidDataException("a line without an end");
            }

            await FillAsync(cancellationToken);
        }
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        if (read == 0)
        {
            throw new EndOfStreamException("end of file");
        }

        _end += read;
        HasBegun = true;
    }
}
