using System.Diagnostics.Metrics;

namespace Recluster.WarmUp;

/// <summary>Gives the warm-up's client a meter that nobody has asked for, so that its requests are not among the app's own http.client metrics.</summary>
internal sealed class PrivateMeters : IMeterFactory
{
    private readonly Meter _meter = new("Recluster.WarmUp.Client");

    public Meter Create(MeterOptions options) => _meter;

    public void Dispose() => _meter.Dispose();
}
