using Microsoft.Extensions.Hosting;
using Recluster.Protocol;

namespace Recluster.WarmUp;

/// <summary>How much of the warm-up there is time for. The master says so at the start of a worker, and again when clients begin to wait.</summary>
internal sealed class WarmUpHaste : IDisposable
{
    private readonly CancellationTokenSource _withoutPauses = new();
    private readonly CancellationTokenSource _onceEach = new();

    public WarmUpHaste(IHostEnvironment environment)
    {
        if (environment.IsDevelopment())
        {
            Shorten(WarmUpExtent.WithoutPauses); // A person waits for the reload.
        }
    }

    /// <summary>Cancelled when there is no time to wait for the compiler.</summary>
    internal CancellationToken WithoutPauses => _withoutPauses.Token;

    /// <summary>Cancelled when no other worker serves: no request is to be sent a second time.</summary>
    internal CancellationToken OnceEach => _onceEach.Token;

    internal void Shorten(WarmUpExtent extent)
    {
        if (extent >= WarmUpExtent.WithoutPauses)
        {
            _withoutPauses.Cancel();
        }

        if (extent >= WarmUpExtent.OnceEach)
        {
            _onceEach.Cancel();
        }
    }

    public void Dispose()
    {
        _withoutPauses.Dispose();
        _onceEach.Dispose();
    }
}
