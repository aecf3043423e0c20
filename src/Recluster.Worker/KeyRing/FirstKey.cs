using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Recluster.Lifecycle;
using Recluster.Platform;
using Recluster.Protocol;

namespace Recluster.KeyRing;

/// <summary>
/// Has the workers load DataProtection's key ring one after the other when they start. Workers that start together would each find an empty ring and
/// each make a key. DataProtection looks for a key that it does not know only in its first two minutes, and then once a day: until then a cookie
/// of one worker would mean nothing to another. This way the first worker makes the key and the others find it, wherever the app keeps its keys.
/// </summary>
internal sealed class FirstKey(WorkerEnvironment environment, IServiceProvider services, TimeProvider time, ILoggerFactory loggerFactory)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    // A store that does not answer must not keep all workers from starting.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    internal async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (environment.KeyRingDescriptor <= 0 || services.GetService<IDataProtectionProvider>() is not { } provider)
        {
            return;
        }

        var hasTurn = await TakeTurnAsync(cancellationToken);
        try
        {
            provider.CreateProtector("Recluster.FirstKey").Protect([]);
        }
        catch (Exception)
        {
            // DataProtection tries again when the host starts it, and says what is wrong.
        }
        finally
        {
            if (hasTurn)
            {
                Libc.TrySetLock(environment.KeyRingDescriptor, isLocked: false);
            }
        }
    }

    private async Task<bool> TakeTurnAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (!Libc.TrySetLock(environment.KeyRingDescriptor, isLocked: true))
        {
            if (time.GetElapsedTime(began) > Patience)
            {
                WorkerLog.KeyRingNotAwaited(loggerFactory.CreateLogger("Recluster.Worker"), Patience);
                return false;
            }

            await Task.Delay(Interval, time, cancellationToken);
        }

        return true;
    }
}
