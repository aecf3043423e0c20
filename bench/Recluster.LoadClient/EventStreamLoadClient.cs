using System.Globalization;
using System.Text;

namespace Recluster.LoadClient;

/// <summary>Reads a stream of server-sent events, whose ids count up from one.</summary>
internal sealed class EventStreamLoadClient(LoadOptions options) : ILoadClient
{
    private HttpConnection? _connection;
    private int _events;

    public async Task<Exchange> ExchangeAsync()
    {
        try
        {
            if (_connection is null)
            {
                _events = 0;
                _connection = await HttpConnection.OpenAsync(options.Target, options.ConnectTimeout);
                var status = await _connection.BeginStreamAsync(options.Path, options.ResponseTimeout);
                if (status != 200)
                {
                    throw new RequestFailedException(Outcome.WrongStatus, $"status {status} for a stream of events");
                }
            }

            return await NextAsync(_connection);
        }
        catch (RequestFailedException e)
        {
            await DisposeAsync();
            return Exchange.Of(e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    private async Task<Exchange> NextAsync(HttpConnection connection)
    {
        var chunk = await connection.ReadChunkAsync(options.ResponseTimeout);
        if (chunk.Length == 0)
        {
            await DisposeAsync();
            return new(Outcome.ClosedInOrder, null, $"the stream was ended in order after {_events} events");
        }

        _events++;
        var isNext = Encoding.UTF8.GetString(chunk).StartsWith(string.Create(CultureInfo.InvariantCulture, $"id: {_events}\n"), StringComparison.Ordinal);
        var exchange = isNext
            ? new Exchange(Outcome.Ok, Exchange.ProcessIdIn(chunk))
            : new Exchange(Outcome.WrongContent, null, $"not event {_events}: {Encoding.UTF8.GetString(chunk)}");
        if (!isNext || _events >= options.RequestsPerConnection)
        {
            await DisposeAsync();
        }

        return exchange;
    }
}
