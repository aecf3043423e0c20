using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Recluster;

/// <summary>The mistakes in <see cref="ReclusterOptions.WarmUp"/>.</summary>
internal static class WarmUpValidation
{
    private const string Section = nameof(ReclusterOptions.WarmUp);

    // RFC 9110, 5.6.2, letters and digits aside.
    private const string TokenSymbols = "!#$%&'*+-.^_`|~";

    /// <summary>Reports each as option, value, and what is wrong with it and may be done.</summary>
    internal static void Check(WarmUpOptions options, Action<string, object, string> add)
    {
        Number($"{Section}:{nameof(options.Count)}", options.Count, 1, ReclusterLimits.MaxWarmUpCount);
        Number($"{Section}:{nameof(options.Concurrency)}", options.Concurrency, 1, ReclusterLimits.MaxWarmUpConcurrency);
        if (options.TimeLimit <= TimeSpan.Zero || options.TimeLimit > ReclusterLimits.MaxWarmUpTime)
        {
            add(
                $"{Section}:{nameof(options.TimeLimit)}",
                options.TimeLimit,
                $"is out of range. Set it to a time above zero, up to {ReclusterLimits.MaxWarmUpTime}, or {Section}:{nameof(options.Enabled)} to false.");
        }

        Protocols($"{Section}:{nameof(options.Protocols)}", options.Protocols);
        for (var i = 0; i < options.Paths.Count; i++)
        {
            Path($"{Section}:{nameof(options.Paths)}:{i}", options.Paths[i]);
        }

        for (var i = 0; i < options.Requests.Count; i++)
        {
            Request($"{Section}:{nameof(options.Requests)}:{i}:", options.Requests[i]);
        }

        void Request(string prefix, WarmUpRequest request)
        {
            Path(prefix + nameof(request.Path), request.Path);
            Token(prefix + nameof(request.Method), request.Method);
            foreach (var name in request.Headers.Keys)
            {
                Token(prefix + nameof(request.Headers), name);
            }

            Number(prefix + nameof(request.Count), request.Count ?? 1, 1, ReclusterLimits.MaxWarmUpCount);
            Number(prefix + nameof(request.Status), request.Status ?? 200, 100, 599);
            Protocols(prefix + nameof(request.Protocols), request.Protocols);
        }

        void Path(string option, string? value)
        {
            if (value is not ['/', ..] || value.Contains('#') || value.Any(c => c <= ' '))
            {
                add(option, value ?? "", "is no path. Set it to a path with its query, escaped where needed, that begins with a slash.");
            }
        }

        void Token(string option, string? value)
        {
            if (string.IsNullOrEmpty(value) || !value.All(c => char.IsAsciiLetterOrDigit(c) || TokenSymbols.Contains(c)))
            {
                add(option, value ?? "", "is no name that HTTP allows. Set it to letters, digits and hyphens.");
            }
        }

        void Protocols(string option, HttpProtocols? value)
        {
            if (value is { } set && set is not (HttpProtocols.Http1 or HttpProtocols.Http2 or HttpProtocols.Http1AndHttp2))
            {
                add(
                    option,
                    set,
                    $"cannot be warmed up. Set it to {HttpProtocols.Http1}, {HttpProtocols.Http2} or {HttpProtocols.Http1AndHttp2}, or leave it out.");
            }
        }

        void Number(string option, int value, int least, int most)
        {
            if (value < least || value > most)
            {
                add(option, value, $"is out of range. Set it to a number from {least} to {most}.");
            }
        }
    }
}
