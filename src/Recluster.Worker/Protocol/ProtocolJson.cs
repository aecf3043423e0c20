using System.Text.Json.Serialization;

namespace Recluster.Protocol;

[JsonSerializable(typeof(ClusterSnapshot))]
[JsonSerializable(typeof(ReloadResult))]
internal sealed partial class ProtocolJson : JsonSerializerContext;
