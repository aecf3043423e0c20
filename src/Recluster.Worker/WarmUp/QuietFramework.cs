using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Recluster.WarmUp;

/// <summary>
/// While the worker warms up, the framework's lines below Warning are left out: hundreds of requests by nobody would fill the log. The rules of
/// the app stay as they are but for that.
/// </summary>
internal sealed class QuietFramework(WarmUpPhase phase) : IPostConfigureOptions<LoggerFilterOptions>
{
    private const string Framework = "Microsoft.AspNetCore";

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
        phase.IsOn && level < LogLevel.Warning && category?.StartsWith(Framework, StringComparison.Ordinal) == true;
}
