using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Recluster.Platform;

namespace Recluster.KeyRing;

/// <summary>A DataProtection key ring in the cluster's shared memory file: one key, or revocation, a line.</summary>
internal sealed class ClusterKeyRepository(MemoryFile file) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() => [.. file.ReadLines().Select(Parse).OfType<XElement>()];

    public void StoreElement(XElement element, string friendlyName) => file.Append(element.ToString(SaveOptions.DisableFormatting)
        .Replace("\r", "&#13;", StringComparison.Ordinal)
        .Replace("\n", "&#10;", StringComparison.Ordinal));

    /// <summary>Null for what is left of a write that was cut short: its writer knows, and the other keys are whole.</summary>
    private static XElement? Parse(string line)
    {
        try
        {
            return XElement.Parse(line, LoadOptions.PreserveWhitespace);
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
