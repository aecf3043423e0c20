using System.Collections.Concurrent;
using Recluster.Processes;
using Recluster.Protocol;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>A worker as the master reaches it: its process and its control channel. Whatever comes from either becomes an input.</summary>
#pragma warning disable CA1001 // The channel is disposed when the process has exited.
internal sealed class WorkerLink
#pragma warning restore CA1001
{
    private const int MaxWaiting = 1024;

    // How to give up each call of this worker that waits for its answer, by the worker's number for it.
    private readonly ConcurrentDictionary<long, Action> _calls = new();
    private readonly long _id;
    private readonly IChildProcess _process;
    private readonly MessageChannel _channel;
    private readonly IClusterInbox _inbox;
    private readonly CancellationTokenSource _killed = new();
    private CancellationTokenSource? _watch;
    private int _isBehind;

    internal WorkerLink(long id, int slot, IChildProcess process, IClusterInbox inbox)
    {
        _id = id;
        Slot = slot;
        _process = process;
        _inbox = inbox;
        _channel = new MessageChannel(process.Channel);
        _ = ListenAsync();
        _ = AwaitExitAsync();
    }

    internal void Send(Message message) => _channel.Send(message);

    internal int Slot { get; }

    internal int ProcessId => _process.ProcessId;

    internal bool HasExited => _process.Exited.IsCompleted;

    /// <summary>Cancelled when it is killed.</summary>
    internal CancellationToken Killed => _killed.Token;

    internal void Kill()
    {
        _process.Kill();
        _ = _killed.CancelAsync(); // On another thread: what it ends is nothing that a kill waits for.
    }

    /// <summary>Sends and hears nothing more.</summary>
    internal void Close()
    {
        Watch(false);
        _ = _channel.DisposeAsync().AsTask();
    }

    /// <summary>A bus message, unless this worker has too many waiting: a hung one must not fill the master's memory.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isFirst">It is the first that is dropped since the worker had read all.</param>
    internal bool TryPublish(Message.Publish message, out bool isFirst)
    {
        var waiting = _channel.Waiting;
        if (waiting >= MaxWaiting)
        {
            isFirst = Interlocked.Exchange(ref _isBehind, 1) == 0;
            return false;
        }

        isFirst = false;
        if (waiting == 0)
        {
            Volatile.Write(ref _isBehind, 0);
        }

        _channel.Send(message);
        return true;
    }

    private async Task ListenAsync()
    {
        try
        {
            await foreach (var message in _channel.ReadAllAsync())
            {
                Handle(message);
            }
        }
        catch (InvalidDataException e)
        {
            _inbox.ReportProtocolError(_id, e);
        }
        finally
        {
            _inbox.Post(new Input.ChannelLost(_id));
            foreach (var request in _calls.Keys)
            {
                GiveUp(request); // Nobody is there to be answered.
            }
        }
    }

    private async Task AwaitExitAsync()
    {
        var status = await _process.Exited;
        _inbox.Post(new Input.Exited(_id, status, _process.ErrorOutput) { Output = _process.Output });
        Watch(false);
        await _channel.DisposeAsync();
    }

    private void Watch(bool isOn)
    {
        var end = isOn ? new CancellationTokenSource() : null; // Cancelled when it is not wanted any more, and holds nothing else.
        Interlocked.Exchange(ref _watch, end)?.Cancel();
        if (end is not null)
        {
            _inbox.Watch(reclusterEvent => Send(new Message.Event(reclusterEvent.ToJson())), end.Token);
        }
    }

    private PendingCall<T> Call<T>(long request, Func<T, Message> answer, Action<PendingCall<T>> giveUp)
    {
        var call = new PendingCall<T>(result =>
        {
            _calls.TryRemove(request, out _);
            Send(answer(result));
        });
        _calls[request] = () => giveUp(call);
        return call;
    }

    private void GiveUp(long request)
    {
        if (_calls.TryRemove(request, out var giveUp))
        {
            giveUp();
        }
    }

    private void Handle(Message message)
    {
        switch (message)
        {
            case Message.Ready:
                _inbox.Post(new Input.Ready(_id));
                break;
            case Message.Assigned assigned:
                _inbox.Post(new Input.AssignmentConfirmed(_id, assigned.Number));
                break;
            case Message.Holds holds:
                _inbox.Post(new Input.SocketsTaken(_id, holds.Slots));
                break;
            case Message.Lacks lacks:
                _inbox.Post(new Input.SocketsRefused(_id, lacks.Reason));
                break;
            case Message.Replace replace:
                _inbox.Post(new Input.ReplacementRequested(_id, replace.Reason));
                break;
            case Message.Recycle recycle:
                _inbox.Post(new Input.LimitReached(_id, recycle.Reason, recycle.IsLimitTooLow));
                break;
            case Message.Bind bind:
                _inbox.Post(new Input.EndpointWanted(_id, bind.Key));
                break;
            case Message.Listening listening:
                _inbox.Post(new Input.Listening(_id, listening.Keys));
                break;
            case Message.Deaf deaf:
                _inbox.Post(new Input.Deaf(_id, deaf.Reason));
                break;
            case Message.Stopping:
                _inbox.Post(new Input.StopsItself(_id));
                break;
            case Message.Reload reload:
                var reloading = Call<ReloadResult>(
                    reload.Request, result => new Message.Reloaded(reload.Request, result.ToJson()), _inbox.GiveUp);
                _inbox.Request(reloading, reload.Reason);
                break;
            case Message.Abort abort:
                _inbox.Request(Call<bool>(
                    abort.Request, hasAborted => new Message.Aborted(abort.Request, hasAborted), call => call.GiveUp()));
                break;
            case Message.Scale scale:
                var scaling = Call<ScaleResult>(scale.Request, result => new Message.Scaled(scale.Request, result.ToJson()), _inbox.GiveUp);
                _inbox.Request(scaling, scale.Workers);
                break;
            case Message.GiveUp given:
                GiveUp(given.Request);
                break;
            case Message.Settled settled:
                _inbox.Post(new Input.Settled(_id, [.. settled.Slots]));
                break;
            case Message.Waiting waiting:
                _inbox.Post(new Input.WaitingFor(_id, waiting.What));
                break;
            case Message.Beat beat:
                _inbox.Post(new Input.Beat(_id, beat.IsStalled, beat.IsDebugged));
                break;
            case Message.Watch watch:
                Watch(watch.IsOn);
                break;
            case Message.Publish publish:
                _inbox.Relay(publish);
                break;
            case Message.End:
                _inbox.RequestStop();
                break;
            case Message.Terminate:
                _inbox.Post(new Input.TerminateRequested());
                break;
        }
    }
}
