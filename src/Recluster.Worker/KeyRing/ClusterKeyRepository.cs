using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Recluster.Platform;

namespace Recluster.KeyRing;

/// <summary>A DataProtection key ring in the cluster's shared memory file: one key, or revocation, a line.</summary>
internal sealed class ClusterKeyRepository(MemoryFile file) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() => [.. file.ReadLines().Select(XElement.Parse)];

    public void StoreElement(XElement element, string friendlyName) => file.Append(element.ToString(SaveOptions.DisableFormatting));
}
