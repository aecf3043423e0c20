using System.Text.Json;

namespace Recluster.Protocol;

/// <summary>
/// How the last reload ended, which services once per cluster do not run, and which files of the serving release were changed. It has reasons and output of workers, and changes rarely, so it is
/// no part of each snapshot: workers get it when it changes, and when they start.
/// </summary>
internal sealed record ClusterReport(
    ReloadResult? LastReload = null, IReadOnlyDictionary<string, string>? FailedServices = null, string? ChangedFiles = null)
{
    internal static readonly ClusterReport Empty = new();

    internal static readonly IReadOnlyDictionary<string, string> NoFailures = new Dictionary<string, string>();

    internal string ToJson() => JsonSerializer.Serialize(this, ProtocolJson.Default.ClusterReport);

    internal static ClusterReport FromJson(string json) =>
        JsonSerializer.Deserialize(json, ProtocolJson.Default.ClusterReport) ?? Empty;
}
