using System.Diagnostics;

namespace Recluster.Logging;

/// <summary>
/// Calls back when Program.cs calls Build(): all of its services are registered then, and the container is not there yet. The host says so by the
/// diagnostic event that EF Core's tools and WebApplicationFactory rest on as well. A host whose services are registered in callbacks of Build()
/// (Host.CreateDefaultBuilder) has said it before AddRecluster is called.
/// </summary>
internal sealed class HostBuilding : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private const string Listener = "Microsoft.Extensions.Hosting";
    private const string Event = "HostBuilding";

    private readonly Action _onBuilding;

    private HostBuilding(Action onBuilding) => _onBuilding = onBuilding;

    internal static void Subscribe(Action onBuilding) => DiagnosticListener.AllListeners.Subscribe(new HostBuilding(onBuilding));

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == Listener)
        {
            value.Subscribe(this, name => name == Event);
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key == Event)
        {
            _onBuilding();
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }
}
