using System.IO.Pipelines;

namespace Recluster.WarmUp;

/// <summary>Two ends of two pipes.</summary>
internal sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;

    /// <summary>What one end writes the other reads.</summary>
    internal static (DuplexPipe Server, DuplexPipe Client) Pair()
    {
        var options = new PipeOptions(useSynchronizationContext: false);
        var (toServer, toClient) = (new Pipe(options), new Pipe(options));
        return (new(toServer.Reader, toClient.Writer), new(toClient.Reader, toServer.Writer));
    }
}
