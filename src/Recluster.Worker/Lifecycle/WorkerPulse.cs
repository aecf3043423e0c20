using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Recluster.Protocol;
using Recluster.Sockets;

namespace Recluster.Lifecycle;

/// <summary>
/// The beat of a worker, from a timer on the thread pool, so that it stops when the pool is starved or the process hangs; and the
/// limits of its life (<see cref="RecycleLimits"/>), looked at with each beat.
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
    private readonly RecycleLimits _limits;
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
        _limits = new RecycleLimits(settings, Random.Shared.NextDouble());
        requests.IsNeeded = settings.MaxRequests is not null;
    }

    internal void Start()
    {
        if (_beats || _limits.AreSet)
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

        if (_limits.AreSet && !_asked
            && _limits.Reached(_time.GetElapsedTime(_started), _requests.Count, Environment.WorkingSet) is var (reason, isTooLow))
        {
            _asked = true;
            WorkerLog.Recycling(_logger, reason);
            _channel.Value.Send(new Message.Recycle(isTooLow, reason));
        }
    }
}
