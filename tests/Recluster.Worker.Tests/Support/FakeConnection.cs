using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Recluster.Tests.Support;

/// <summary>A connection of no transport, which counts what is done to it.</summary>
internal sealed class FakeConnection : ConnectionContext, IConnectionLifetimeNotificationFeature
{
    internal FakeConnection() => Features.Set<IConnectionLifetimeNotificationFeature>(this);

    public override string ConnectionId { get; set; } = "fake";

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    public override IDuplexPipe Transport { get; set; } = new PipePair();

    /// <summary>What has been written to the client.</summary>
    internal PipeReader Sent => ((PipePair)Transport).Sent;

    public CancellationToken ConnectionClosedRequested { get; set; }

    internal int CloseRequests { get; private set; }

    internal int Disposals { get; private set; }

    internal string? AbortReason { get; private set; }

    internal Exception? DisposeError { get; init; }

    /// <summary>Called when the connection is asked to close, or aborted; Kestrel would dispose of it then.</summary>
    internal Action? Ending { get; set; }

    public void RequestClose()
    {
        CloseRequests++;
        Ending?.Invoke();
    }

    /// <summary>The client sends.</summary>
    internal async Task ReceiveAsync(string text) => await ((PipePair)Transport).Incoming.WriteAsync(Encoding.ASCII.GetBytes(text));

    public override void Abort(ConnectionAbortedException abortReason) => AbortReason = abortReason.Message;

    public override async ValueTask DisposeAsync()
    {
        Disposals++;
        await base.DisposeAsync();
        if (DisposeError is { } error)
        {
            throw error;
        }
    }

    internal FakeConnection OverTls(string protocol)
    {
        Features.Set<ITlsHandshakeFeature>(new Tls());
        Features.Set<ITlsApplicationProtocolFeature>(new Protocol(Encoding.ASCII.GetBytes(protocol)));
        return this;
    }

    private sealed record Protocol(ReadOnlyMemory<byte> ApplicationProtocol) : ITlsApplicationProtocolFeature;

    private sealed class Tls : ITlsHandshakeFeature
    {
        public System.Security.Authentication.SslProtocols Protocol => System.Security.Authentication.SslProtocols.Tls13;

#pragma warning disable SYSLIB0058 // The interface still has them.
        public System.Security.Authentication.CipherAlgorithmType CipherAlgorithm => default;

        public int CipherStrength => 0;

        public System.Security.Authentication.HashAlgorithmType HashAlgorithm => default;

        public int HashStrength => 0;

        public System.Security.Authentication.ExchangeAlgorithmType KeyExchangeAlgorithm => default;

        public int KeyExchangeStrength => 0;
#pragma warning restore SYSLIB0058
    }

    private sealed class PipePair : IDuplexPipe
    {
        private readonly Pipe _input = new();
        private readonly Pipe _output = new();

        public PipeReader Input => _input.Reader;

        public PipeWriter Output => _output.Writer;

        internal PipeReader Sent => _output.Reader;

        internal PipeWriter Incoming => _input.Writer;
    }
}
