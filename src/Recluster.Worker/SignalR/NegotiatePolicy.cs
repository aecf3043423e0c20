using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;

namespace Recluster.SignalR;

/// <summary>
/// Puts itself before each endpoint that negotiates (a hub's, Blazor's, that of a connection handler). It stands in the endpoint's place and not in the
/// pipeline before it, so that authorization and CORS come first, and no other request pays for it.
/// </summary>
internal sealed class NegotiatePolicy(Succession succession, Negotiations negotiations) : MatcherPolicy, IEndpointSelectorPolicy
{
    private readonly ConditionalWeakTable<Endpoint, Endpoint> _replaced = [];

    /// <summary>The last word: another policy may have replaced the endpoint by one of its own.</summary>
    public override int Order => int.MaxValue;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return endpoints.Any(Negotiates);
    }

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        for (var i = 0; i < candidates.Count; i++)
        {
            if (candidates.IsValidCandidate(i) && Negotiates(candidates[i].Endpoint))
            {
                candidates.ReplaceEndpoint(i, _replaced.GetValue(candidates[i].Endpoint, Replace), candidates[i].Values);
            }
        }

        return Task.CompletedTask;
    }

    private static bool Negotiates(Endpoint endpoint) => endpoint.Metadata.GetMetadata<NegotiateMetadata>() is not null;

    private Endpoint Replace(Endpoint endpoint)
    {
        var negotiate = endpoint.RequestDelegate ?? (_ => Task.CompletedTask);
        return endpoint is RouteEndpoint route
            ? new RouteEndpoint(AnswerAsync, route.RoutePattern, route.Order, route.Metadata, route.DisplayName)
            : new Endpoint(AnswerAsync, endpoint.Metadata, endpoint.DisplayName);

        async Task AnswerAsync(HttpContext context)
        {
            if (context.Features.Get<IReclusterWarmUpFeature>() is not null)
            {
                await negotiate(context);
                return;
            }

            var slot = succession.SlotOf(context);
            negotiations.Begin();
            try
            {
                if (succession.IsStaying(slot))
                {
                    await negotiations.RunAsync(negotiate, context);
                    return;
                }
            }
            finally
            {
                negotiations.End();
            }

            // Not counted while it waits: it is what the switch does not wait for.
            await (await succession.IsOverAsync(slot, context.RequestAborted) ? NegotiateRedirect.AnswerAsync(context) : negotiate(context));
        }
    }
}
