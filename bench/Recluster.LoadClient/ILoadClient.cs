namespace Recluster.LoadClient;

/// <summary>One client: makes one request after the other, and connects when it has to.</summary>
internal interface ILoadClient : IAsyncDisposable
{
    Task<Exchange> ExchangeAsync();
}
