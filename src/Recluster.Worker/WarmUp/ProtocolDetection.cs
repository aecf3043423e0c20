using System.Net;

namespace Recluster.WarmUp;

/// <summary>
/// Finds out which protocols an endpoint speaks, by a probe each: Kestrel keeps the options of its endpoints to itself, and connection middleware
/// of the app's can put anything there. An endpoint that speaks only HTTP/2 refuses HTTP/1.1, and one that wants TLS what is in the clear.
/// </summary>
internal sealed class ProtocolDetection(TimeSpan attemptLimit, TimeProvider time)
{
    /// <summary>The protocols found, or why there is none.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="client">Its client.</param>
    /// <param name="isHttps">What Kestrel says of the address; tried first.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task<(IReadOnlyList<WarmUpTarget> Targets, string? Failure)> DetectAsync(
        WarmUpEndpoint endpoint, WarmUpClient client, bool isHttps, CancellationToken cancellationToken)
    {
        string? first = null;
        foreach (var scheme in (bool[])[isHttps, !isHttps])
        {
            var targets = new List<WarmUpTarget>();
            foreach (var version in (Version[])[HttpVersion.Version11, HttpVersion.Version20])
            {
                // In the clear there is no negotiation: Kestrel speaks one of the two.
                if (targets.Count == 0 || scheme)
                {
                    var target = new WarmUpTarget(endpoint, client, scheme, version);
                    if (await TryAsync(target, cancellationToken) is { } failure)
                    {
                        first ??= failure;
                    }
                    else
                    {
                        targets.Add(target);
                        if (!scheme && version == HttpVersion.Version20)
                        {
                            endpoint.NoteClearTextHttp2();
                        }
                    }
                }
            }

            if (targets.Count > 0)
            {
                return (targets, null);
            }
        }

        return ([], first);
    }

    private async Task<string?> TryAsync(WarmUpTarget target, CancellationToken cancellationToken)
    {
        using var attempt = new CancellationTokenSource(attemptLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(attempt.Token, cancellationToken);
        try
        {
            using var request = WarmUpProbe.For(target);
            var (status, _) = await target.Client.SendAsync(request, either.Token);
            return status == WarmUpProbe.Status ? null : FormattableString.Invariant($"{target} answered {status}");
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return $"{target} did not answer within {attemptLimit}";
        }
        catch (Exception e)
        {
            return $"{target}: {WarmUpItem.Reason(e)}";
        }
    }
}
