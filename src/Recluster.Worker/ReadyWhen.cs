using System.Text.Json.Serialization;

namespace Recluster;

/// <summary>When a new worker counts as ready. Until then it accepts no connection, in every mode.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReadyWhen>))]
public enum ReadyWhen
{
    /// <summary>Kestrel listens on all endpoints and every hosted service has been started. The default of a web app.</summary>
    Listening,

    /// <summary>The host has started (<c>ApplicationStarted</c>). The default of a host without Kestrel.</summary>
    Started,

    /// <summary>The host has started and the app has called <see cref="IReclusterWorker.SignalReady"/>.</summary>
    Ready,

    /// <summary>The host has started and none of the worker's own health checks is unhealthy (<c>AddHealthChecks()</c>).</summary>
    Healthy,
}
