using Recluster.Processes;
using Recluster.Protocol;
using Recluster.Supervisor;

namespace Recluster.Master;

/// <summary>A worker as the master reaches it: its process and its control channel. Whatever comes from either becomes an input.</summary>
#pragma warning disable CA1001 // The channel is disposed when the process has exited.
internal sealed class WorkerLink
#pragma warning restore CA1001
{
    private readonly long _id;
    private readonly IChildProcess _process;
    private readonly MessageChannel _channel;
    private readonly IClusterInbox _inbox;

    internal WorkerLink(long id, IChildProcess process, IClusterInbox inbox)
    {
        _id = id;
        _process = process;
        _inbox = inbox;
        _channel = new MessageChannel(process.Channel);
        _ = ListenAsync();
        _ = AwaitExitAsync();
    }

    internal void Send(Message message) => _channel.Send(message);

    internal void Kill() => _process.Kill();

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

        _inbox.Post(new Input.ChannelLost(_id));
    }

    private async Task AwaitExitAsync()
    {
        var status = await _process.Exited;
        _inbox.Post(new Input.Exited(_id, status, _process.ErrorOutput));
        await _channel.DisposeAsync();
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
            case Message.Replace replace:
                _inbox.Post(new Input.ReplacementRequested(_id, replace.Reason));
                break;
            case Message.Reload reload:
                _inbox.RequestReload(result => Send(new Message.Reloaded(reload.Request, result.ToJson())));
                break;
            case Message.Terminate:
                _inbox.Post(new Input.TerminateRequested());
                break;
        }
    }
}
