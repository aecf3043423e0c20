using System.Text;

namespace Recluster.LoadClient;

/// <summary>A complete response.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Headers">The header fields, by name in any case.</param>
/// <param name="Body">The body, without its transfer coding.</param>
/// <param name="KeepsAlive">Whether the connection may carry another request (RFC 9112, 9.3).</param>
public sealed record HttpResponse(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body, bool KeepsAlive)
{
    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);
}
