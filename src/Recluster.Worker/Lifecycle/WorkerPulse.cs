using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Recluster.Protocol;
using Recluster.Sockets;

namespace Recluster.Lifecycle;

/// <summary>
/// The beat of a worker, from a timer on the thread pool, so that it stops when the pool is starved or the process hangs; and the
/// limits of its life, looked at with each beat. Each limit has up to a tenth added by chance, so that workers do not go together.
/// </summary>
internal sealed class WorkerPulse : IDisposable
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);

    private readonly Lazy<MessageChannel> _channel;
    private readonly WorkerSockets _sockets;
    private readonly RequestCounter _requests;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly bool _beats;
    private readonly long _started;
    private readonly long _maxRequests;
    private readonly long _maxMemory;
    private readonly TimeSpan _maxAge;
    private readonly TimeSpan _interval;
    private AlignedTimer? _timer;
    private bool _asked;

    public WorkerPulse(
        WorkerEnvironment environment,
        WorkerSettings settings,
        Lazy<MessageChannel> channel,
        WorkerSockets sockets,
        RequestCounter requests,
        TimeProvider time,
        ILoggerFactory loggerFactory)
    {
        _channel = channel;
        _sockets = sockets;
        _requests = requests;
        _time = time;
        _logger = loggerFactory.CreateLogger("Recluster.Worker");
        _beats = environment.BeatInterval > TimeSpan.Zero;
        _interval = _beats ? environment.BeatInterval : DefaultInterval;
        _started = time.GetTimestamp();
        var jitter = 1 + (Random.Shared.NextDouble() / 10);
        _maxRequests = (long)(settings.MaxRequests * jitter);
        _maxMemory = (long)(settings.MaxMemory * jitter);
        _maxAge = settings.MaxAge * jitter;
        requests.IsNeeded = settings.MaxRequests > 0;
    }

    internal void Start()
    {
        if (_beats || _maxRequests > 0 || _maxMemory > 0 || _maxAge > TimeSpan.Zero)
        {
            _timer = new AlignedTimer(_time, _interval, Beat);
            _timer.Start();
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void Beat()
    {
        if (_beats)
        {
            _channel.Value.Send(new Message.Beat(_sockets.IsStalled(), Debugger.IsAttached));
        }

        if (!_asked && LimitReached() is { } reason)
        {
            _asked = true;
            WorkerLog.Recycling(_logger, reason);
            _channel.Value.Send(new Message.Replace(reason));
        }
    }

    private string? LimitReached()
    {
        if (_maxRequests > 0 && _requests.Count >= _maxRequests)
        {
            return string.Create(CultureInfo.InvariantCulture, $"MaxRequests: it has served {_requests.Count} requests");
        }

        if (_maxMemory > 0 && Environment.WorkingSet is var resident && resident >= _maxMemory)
        {
            return string.Create(CultureInfo.InvariantCulture, $"MaxMemory: {resident} bytes are resident");
        }

        return _maxAge > TimeSpan.Zero && _time.GetElapsedTime(_started) is var age && age >= _maxAge
            ? $"MaxAge: it has run for {age}"
            : null;
    }
}
