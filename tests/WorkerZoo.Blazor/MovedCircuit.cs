using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.JSInterop;
using Recluster;

namespace WorkerZoo.Blazor;

/// <summary>
/// Moves an open page to the new worker when its own begins to drain: the page pauses its circuit, which puts what is marked
/// [PersistentState] into the browser, and resumes it with whoever serves by then. As in docs/operations.md.
/// </summary>
internal sealed class MovedCircuit(IReclusterWorker worker, IJSRuntime js) : CircuitHandler
{
    private const string Move = "(async () => { await Blazor.pauseCircuit(); await Blazor.resumeCircuit(); })()";

    private CancellationTokenRegistration _draining;

    internal static void AddServices(IServiceCollection services) => services.AddScoped<CircuitHandler, MovedCircuit>();

    public override Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        _draining = worker.Draining.Register(() => _ = MoveAsync());
        return Task.CompletedTask;
    }

    public override Task OnCircuitClosedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        _draining.Unregister();
        return Task.CompletedTask;
    }

    private async Task MoveAsync()
    {
        try
        {
            await js.InvokeVoidAsync("setTimeout", Move, 0);
        }
        catch (JSDisconnectedException)
        {
            // Nobody looks at the page any more.
        }
    }
}
