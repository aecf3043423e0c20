using System.Globalization;

namespace Recluster.Lifecycle;

/// <summary>
/// The limits of a worker's life, none of which counts before MinRecycleAge. Each has up to a tenth added by chance, so that workers are
/// not replaced together.
/// </summary>
internal sealed class RecycleLimits
{
    private readonly TimeSpan _minAge;
    private readonly long? _maxRequests;
    private readonly long? _maxMemoryBytes;
    private readonly TimeSpan? _maxAge;
    private bool _wasBelow;

    /// <param name="settings">The limits; null is none.</param>
    /// <param name="chance">From 0 to 1: how much of the tenth is added.</param>
    internal RecycleLimits(WorkerSettings settings, double chance)
    {
        var factor = 1 + (chance / 10);
        _minAge = settings.MinRecycleAge;
        _maxRequests = (long?)(settings.MaxRequests * factor);
        _maxMemoryBytes = (long?)(settings.MaxMemoryBytes * factor);
        _maxAge = settings.MaxAge * factor;
    }

    internal bool AreSet => (_maxRequests ?? _maxMemoryBytes) is not null || _maxAge is not null;

    /// <summary>Which limit the worker has reached, or null. Whether it had been reached by MinRecycleAge already: then it is too low.</summary>
    internal (string Reason, bool IsTooLow)? Reached(TimeSpan age, long requests, long residentBytes)
    {
        if (age < _minAge)
        {
            return null;
        }

        if (Describe(age, requests, residentBytes) is { } reason)
        {
            return (reason, !_wasBelow);
        }

        _wasBelow = true;
        return null;
    }

    private string? Describe(TimeSpan age, long requests, long residentBytes)
    {
        if (requests >= _maxRequests)
        {
            return string.Create(CultureInfo.InvariantCulture, $"MaxRequests: it has served {requests} requests");
        }

        if (residentBytes >= _maxMemoryBytes)
        {
            return string.Create(CultureInfo.InvariantCulture, $"MaxMemoryBytes: {residentBytes} bytes are resident");
        }

        return age >= _maxAge ? $"MaxAge: it has run for {age}" : null;
    }
}
