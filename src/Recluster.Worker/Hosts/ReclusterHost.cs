using Microsoft.Extensions.Hosting;

namespace Recluster.Hosts;

/// <summary>
/// The IHost of an app that calls AddRecluster. Until it starts it is the app's own host. The role of the process is settled when it
/// starts, because a host may be built and never started, because a process may have several, and because that takes valid options.
/// </summary>
internal sealed class ReclusterHost(IHost app, Lazy<IHostRole> role) : IHost, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private IHost? _running;
    private Task? _stop;
    private bool _isDisposed;

    public IServiceProvider Services => app.Services;

    /// <summary>True once Program.cs has asked this host to stop, or has disposed of it.</summary>
    internal bool IsStopAsked { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        _running = role.Value.Begin(this, app);
        try
        {
            await _running.StartAsync(cancellationToken);
        }
        catch
        {
            End();
            throw;
        }
    }

    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        IsStopAsked = true;
        return StopRunningAsync(cancellationToken);
    }

    /// <summary>Stops the host on behalf of the cluster. When Program.cs asks for it meanwhile, it is the same stop.</summary>
    internal Task StopRunningAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            return _stop ??= StopOnceAsync(cancellationToken);
        }
    }

    private async Task StopOnceAsync(CancellationToken cancellationToken)
    {
        await Task.Yield(); // Not under the lock.
        try
        {
            await (_running ?? app).StopAsync(cancellationToken);
        }
        finally
        {
            End();
        }
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return; // The app's host disposes of the container, and the container of this host.
        }

        _isDisposed = true;
        IsStopAsked = true;
        End();
        if (_running is not null && _running != app)
        {
            await DisposeAsync(_running);
        }

        await DisposeAsync(app);
    }

    private void End()
    {
        if (role.IsValueCreated)
        {
            role.Value.End(this);
        }
    }

    private static async ValueTask DisposeAsync(IHost host)
    {
        if (host is IAsyncDisposable asyncDisposable)
        {
            await asyncDisposable.DisposeAsync();
        }
        else
        {
            host.Dispose();
        }
    }
}
