using System.Text;

namespace Recluster.Processes;

/// <summary>The last lines of a stream of bytes, bounded in lines and in bytes.</summary>
internal sealed class ErrorTail
{
    internal const int MaxLines = 50;
    internal const int MaxBytes = 16 * 1024;

    private readonly Lock _gate = new();
    private readonly List<byte> _bytes = new(1024);

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _bytes.AddRange(bytes);
            if (_bytes.Count > 2 * MaxBytes)
            {
                _bytes.RemoveRange(0, _bytes.Count - MaxBytes);
            }
        }
    }

    internal IReadOnlyList<string> Lines()
    {
        lock (_gate)
        {
            var excess = Math.Max(0, _bytes.Count - MaxBytes);
            var lines = Encoding.UTF8.GetString([.. _bytes[excess..]])
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            return lines.Length <= MaxLines ? lines : lines[^MaxLines..];
        }
    }
}
