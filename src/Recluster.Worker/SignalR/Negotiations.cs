using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Recluster.SignalR;

/// <summary>
/// Clients that have negotiated here and have not connected yet: until they have, their next request has to come to this worker.
/// </summary>
internal sealed class Negotiations(Succession succession, TimeProvider time)
{
    // As long as the master waits for a worker to settle. A client that has not come by then is most likely gone.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, (int Slot, long Since)> _pending = new(StringComparer.Ordinal);
    private int _running;

    /// <summary>Whether no client of this slot is in the midst of beginning.</summary>
    internal bool AreDone(int slot)
    {
        RemoveTheLost();
        return Volatile.Read(ref _running) == 0 && _pending.Values.All(pending => pending.Slot != slot);
    }

    internal void Begin() => Interlocked.Increment(ref _running);

    internal void End() => Interlocked.Decrement(ref _running);

    /// <summary>The client of this request has connected with the id that it got by negotiation.</summary>
    internal void Complete(HttpContext? context)
    {
        if (!_pending.IsEmpty && context?.Request.Query["id"].ToString() is { Length: > 0 } id)
        {
            _pending.TryRemove(id, out _);
        }
    }

    /// <summary>Runs a negotiation and notes the id that it gives out.</summary>
    internal async Task RunAsync(RequestDelegate negotiate, HttpContext context)
    {
        var body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var answer = new MemoryStream();
        context.Response.Body = answer;
        try
        {
            await negotiate(context);
        }
        finally
        {
            context.Features.Set(body);
        }

        RemoveTheLost();
        if (context.Response.StatusCode == StatusCodes.Status200OK && IdIn(answer.GetBuffer().AsMemory(0, (int)answer.Length)) is { } id)
        {
            _pending[id] = (succession.SlotOf(context), time.GetTimestamp());
        }

        await body.Stream.WriteAsync(answer.GetBuffer().AsMemory(0, (int)answer.Length), context.RequestAborted);
    }

    /// <summary>What the client says as "id": its secret token, or in the first version of negotiation its public id.</summary>
    private static string? IdIn(ReadOnlyMemory<byte> answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && (json.RootElement.TryGetProperty("connectionToken", out var id) || json.RootElement.TryGetProperty("connectionId", out id))
                    ? id.GetString()
                    : null;
        }
        catch (JsonException)
        {
            return null; // Not SignalR's own answer.
        }
    }

    private void RemoveTheLost()
    {
        foreach (var (id, (_, since)) in _pending)
        {
            if (time.GetElapsedTime(since) > Patience)
            {
                _pending.TryRemove(id, out _);
            }
        }
    }
}
