using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Recluster.WarmUp;

/// <summary>
/// While the worker warms up, the framework's lines below Warning are left out: hundreds of requests by nobody would fill the log. So are those of the
/// host's own life, which the master says once for all. The rules of the app stay as they are but for that.
/// Only the framework's own logger factory reads them; <see cref="Logging.WorkerLogging"/> does the same for other factories.
/// </summary>
internal sealed class QuietFramework(WarmUpPhase phase) : IPostConfigureOptions<LoggerFilterOptions>
{
    /// <summary>"Now listening on" and the like. The master says it once; a worker says none of it.</summary>
    internal const string HostLifetime = "Microsoft.Hosting.Lifetime";

    private const string Framework = "Microsoft.AspNetCore";

    internal static bool IsFramework(string? category) => category?.StartsWith(Framework, StringComparison.Ordinal) == true;

    public void PostConfigure(string? name, LoggerFilterOptions options)
    {
        // What no rule matches goes by MinLevel; as a rule, the least specific of all, it can be quiet too.
        options.Rules.Insert(0, new LoggerFilterRule(null, null, options.MinLevel, null));
        for (var i = 0; i < options.Rules.Count; i++)
        {
            var rule = options.Rules[i];
            options.Rules[i] = new LoggerFilterRule(rule.ProviderName, rule.CategoryName, rule.LogLevel, (provider, category, level) =>
                !IsQuiet(category, level) && (rule.Filter is null || rule.Filter(provider, category, level)));
        }
    }

    private bool IsQuiet(string? category, LogLevel level) =>
        level < LogLevel.Warning && (category == HostLifetime || (phase.IsOn && IsFramework(category)));
}
