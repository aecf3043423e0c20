namespace Recluster.WarmUp;

/// <summary>A request to be sent a number of times, by turns to its targets, and how far that has come.</summary>
internal sealed class WarmUpItem(
    string name, IReadOnlyList<WarmUpTarget> targets, int count, Func<WarmUpTarget, HttpRequestMessage> create, Func<int, bool> isSuccess)
{
    private int _taken;
    private int _answered;
    private string? _failure;

    internal string Name => name;

    internal int Count => count;

    internal int Answered => Volatile.Read(ref _answered);

    /// <summary>What went wrong; from then on it is not sent any more.</summary>
    internal string? Failure => Volatile.Read(ref _failure);

    /// <summary>Sent for the first time, and not answered yet.</summary>
    internal bool IsAwaited => Volatile.Read(ref _taken) > 0 && Answered == 0 && Failure is null;

    /// <summary>False when it has been sent often enough, or has failed.</summary>
    internal bool TryTake(out int number)
    {
        number = Interlocked.Increment(ref _taken) - 1;
        return number < count && Failure is null;
    }

    internal async Task SendAsync(int number, CancellationToken cancellationToken)
    {
        var target = targets[number % targets.Count];
        try
        {
            using var request = create(target);
            var (status, _) = await target.Client.SendAsync(request, cancellationToken);
            if (isSuccess(status))
            {
                Interlocked.Increment(ref _answered);
            }
            else
            {
                Fail(FormattableString.Invariant($"answered {status} ({target})"));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            Fail($"failed: {Reason(e)} ({target})");
        }
    }

    internal void Fail(string failure) => Interlocked.CompareExchange(ref _failure, failure, null);

    /// <summary>The client wraps what happened in "An error occurred while sending the request".</summary>
    internal static string Reason(Exception exception)
    {
        var reason = exception;
        while (reason is HttpRequestException && reason.InnerException is { } inner)
        {
            reason = inner;
        }

        return reason.Message;
    }
}
