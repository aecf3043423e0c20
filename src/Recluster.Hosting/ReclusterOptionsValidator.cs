using System.Globalization;
using Microsoft.Extensions.Options;

namespace Recluster;

/// <summary>Reports every mistake at once: the option, the value it has, and what it may be.</summary>
internal sealed class ReclusterOptionsValidator : IValidateOptions<ReclusterOptions>
{
    public ValidateOptionsResult Validate(string? name, ReclusterOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        Count(nameof(options.Workers), options.Workers);
        Count(nameof(options.MaxConcurrentStarts), options.MaxConcurrentStarts);
        Time(nameof(options.RespawnDelay), options.RespawnDelay, TimeSpan.Zero, ReclusterLimits.MaxDelay);
        Time(nameof(options.MaxRespawnDelay), options.MaxRespawnDelay, TimeSpan.Zero, ReclusterLimits.MaxDelay);
        Time(nameof(options.StartTimeout), options.StartTimeout, TimeSpan.FromMilliseconds(1), ReclusterLimits.MaxDelay);
        if (options.DrainTimeout is { } drainTimeout)
        {
            Time(nameof(options.DrainTimeout), drainTimeout, TimeSpan.Zero, ReclusterLimits.MaxDrainTimeout);
        }

        if (options.MaxRespawnDelay > TimeSpan.Zero && options.MaxRespawnDelay < options.RespawnDelay)
        {
            Add(
                nameof(options.MaxRespawnDelay),
                options.MaxRespawnDelay,
                $"is below {nameof(options.RespawnDelay)} ({options.RespawnDelay}). Raise it to at least that, or set it to zero to switch the doubling off.");
        }

        return result.Build();

        void Count(string option, int value)
        {
            if (value is < 1 or > ReclusterLimits.MaxWorkers)
            {
                Add(option, value, $"is out of range. Set it to a number from 1 to {ReclusterLimits.MaxWorkers}.");
            }
        }

        void Time(string option, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most)
            {
                Add(option, value, $"is out of range. Set it to a time from {least} to {most}.");
            }
        }

        void Add(string option, object value, string remedy) => result.AddError(string.Create(
            CultureInfo.InvariantCulture,
            $"{ReclusterOptions.SectionName}:{option} = {value} {remedy}"));
    }
}
