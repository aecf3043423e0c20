namespace Recluster.Master;

/// <summary>
/// The calls of one kind that wait for their answers, by number. So many at most, those included that were given up and whose end the loop
/// has not seen yet: callers must not fill the loop's inbox and memory.
/// </summary>
/// <param name="refusal">The answer to a call that is not taken, and why it is not.</param>
internal sealed class PendingAnswers<T>(Func<string, T> refusal)
{
    internal const int Most = 1024;

    internal static readonly string TooMany =
        $"{Most} calls wait for an answer already. Make it again when the running reload or scaling has ended.";

    private readonly Lock _gate = new();
    private readonly Dictionary<long, PendingCall<T>> _waiting = [];
    private long _last;
    private Func<T>? _final;

    /// <summary>True if it waits now; else it has been answered.</summary>
    internal bool TryAdd(PendingCall<T> call)
    {
        Func<T>? answer;
        lock (_gate)
        {
            answer = _final ?? (_waiting.Count < Most ? null : () => refusal(TooMany));
            if (answer is null)
            {
                call.Number = ++_last;
                _waiting.Add(call.Number, call);
            }
        }

        if (answer is not null)
        {
            call.Answer(answer());
        }

        return answer is null;
    }

    internal void Remove(long number)
    {
        lock (_gate)
        {
            _waiting.Remove(number);
        }
    }

    internal void Complete(long number, T result)
    {
        PendingCall<T>? call;
        lock (_gate)
        {
            _waiting.Remove(number, out call);
        }

        call?.Answer(result);
    }

    /// <summary>Answers all that wait, and from now on whoever comes.</summary>
    internal void End(Func<T> answer)
    {
        PendingCall<T>[] calls;
        lock (_gate)
        {
            _final = answer;
            calls = [.. _waiting.Values];
            _waiting.Clear();
        }

        Array.ForEach(calls, call => call.Answer(answer()));
    }
}
