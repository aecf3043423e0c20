namespace Recluster.LoadClient;

/// <summary>How one request ended.</summary>
/// <param name="Outcome">The kind.</param>
/// <param name="ProcessId">Who answered, where the content names it.</param>
/// <param name="Failure">What went wrong, in words; null where nothing did.</param>
internal readonly record struct Exchange(Outcome Outcome, int? ProcessId = null, string? Failure = null)
{
    internal static Exchange Of(RequestFailedException failure) => new(failure.Outcome, null, failure.Message);

    /// <summary>The verdict on a complete response.</summary>
    internal static Exchange Of(int status, byte[] body, Func<byte[], string?>? complaint)
    {
        if (status != 200)
        {
            return new(Outcome.WrongStatus, null, $"status {status}: {System.Text.Encoding.UTF8.GetString(body)}");
        }

        return complaint?.Invoke(body) is { } wrong
            ? new(Outcome.WrongContent, null, wrong)
            : new(Outcome.Ok, ProcessIdIn(body));
    }

    // Parsing the whole body would cost the machine that is also the server.
    internal static int? ProcessIdIn(ReadOnlySpan<byte> body)
    {
        var at = body[..Math.Min(body.Length, 1024)].IndexOf("\"pid\":"u8);
        return at >= 0 && System.Buffers.Text.Utf8Parser.TryParse(body[(at + 6)..], out int processId, out _) ? processId : null;
    }
}
