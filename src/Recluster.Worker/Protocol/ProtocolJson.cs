using System.Text.Json.Serialization;

namespace Recluster.Protocol;

[JsonSerializable(typeof(ClusterSnapshot))]
[JsonSerializable(typeof(ClusterReport))]
[JsonSerializable(typeof(ReloadResult))]
[JsonSerializable(typeof(ScaleResult))]
[JsonSerializable(typeof(ReclusterEvent))]
internal sealed partial class ProtocolJson : JsonSerializerContext;
