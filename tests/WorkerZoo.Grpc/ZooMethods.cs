using Grpc.Core;

namespace WorkerZoo.Grpc;

/// <summary>The contract, in code: strings, and one method of each type. The request, or the header "way", says how the handler takes its end.</summary>
internal static class ZooMethods
{
    /// <summary>Watches the call's token and throws.</summary>
    internal const string Throws = "throws";

    /// <summary>Watches the call's token and returns as if all were done.</summary>
    internal const string Returns = "returns";

    /// <summary>Never looks at the token.</summary>
    internal const string Deaf = "deaf";

    internal static readonly Method<string, string> Unary = Create(MethodType.Unary, nameof(Unary));

    internal static readonly Method<string, string> ClientStreaming = Create(MethodType.ClientStreaming, nameof(ClientStreaming));

    internal static readonly Method<string, string> ServerStreaming = Create(MethodType.ServerStreaming, nameof(ServerStreaming));

    internal static readonly Method<string, string> Duplex = Create(MethodType.DuplexStreaming, nameof(Duplex));

    private static Method<string, string> Create(MethodType type, string name) =>
        new(type, "Zoo", name, Marshallers.StringMarshaller, Marshallers.StringMarshaller);
}
