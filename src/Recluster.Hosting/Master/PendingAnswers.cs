namespace Recluster.Master;

/// <summary>Those who wait for the answer to a request, by its number.</summary>
internal sealed class PendingAnswers
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Action<object>> _waiting = [];
    private long _last;

    internal long Add<T>(Action<T> answer)
    {
        lock (_gate)
        {
            _waiting.Add(++_last, result => answer((T)result));
            return _last;
        }
    }

    internal void Complete(long request, object result)
    {
        Action<object>? answer;
        lock (_gate)
        {
            _waiting.Remove(request, out answer);
        }

        answer?.Invoke(result);
    }
}
