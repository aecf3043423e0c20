namespace Recluster.LoadClient;

/// <summary>HTTP/1.1 over raw sockets: a fresh connection for each request, or one for as long as it lives.</summary>
internal sealed class HttpLoadClient(LoadOptions options) : ILoadClient
{
    private readonly byte[] _request = HttpConnection.Format(
        options.Target, options.Path, options.Method, options.Body.Span, close: options.Mode == LoadMode.ConnectionPerRequest);

    private readonly string _name = $"{options.Method} {options.Path}";
    private HttpConnection? _connection;

    public async Task<Exchange> ExchangeAsync()
    {
        try
        {
            _connection ??= await HttpConnection.OpenAsync(options.Target, options.ConnectTimeout);
            var response = await _connection.SendAsync(_name, _request, options.ResponseTimeout);
            return Exchange.Of(response.Status, response.Body, options.Complaint);
        }
        catch (RequestFailedException e)
        {
            return Exchange.Of(e);
        }
        finally
        {
            if (_connection is not null && (!_connection.IsAlive || MayLeave(_connection)))
            {
                await DisposeAsync();
            }
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

    private bool MayLeave(HttpConnection connection) =>
        options.Mode == LoadMode.ConnectionPerRequest || connection.Responses >= options.RequestsPerConnection;
}
