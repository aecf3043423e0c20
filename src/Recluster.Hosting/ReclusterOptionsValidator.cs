using System.Globalization;
using Microsoft.Extensions.Options;
using Recluster.Processes;

namespace Recluster;

/// <summary>Reports every mistake at once: the option, the value it has, and what it may be.</summary>
/// <param name="command">How this process was started; null in a worker.</param>
internal sealed class ReclusterOptionsValidator(LaunchCommand? command = null) : IValidateOptions<ReclusterOptions>
{
    private const string ToNothing = "to null (in the configuration: to an empty value)";

    public ValidateOptionsResult Validate(string? name, ReclusterOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        options.Mistakes.ForEach(mistake => result.AddError(mistake));
        Count(nameof(options.Workers), options.Workers, 1, ReclusterLimits.MaxWorkers);
        Count(nameof(options.MaxConcurrentStarts), options.MaxConcurrentStarts, 1, ReclusterLimits.MaxWorkers);
        Count(nameof(options.MaxSurge), options.MaxSurge ?? 1, 1, ReclusterLimits.MaxWorkers);
        Count(nameof(options.MaxStartFailures), options.MaxStartFailures, 1, ReclusterLimits.MaxStartFailures);
        Count(nameof(options.MaxDrainingGenerations), options.MaxDrainingGenerations, 1, ReclusterLimits.MaxDrainingGenerations);
        if (options.MaxRequests is { } maxRequests and < 1)
        {
            Add(nameof(options.MaxRequests), maxRequests, "is out of range. Set it to a number from 1, or leave it out for no limit.");
        }

        if (options.MaxMemoryBytes is { } maxMemory and < ReclusterLimits.LeastMaxMemoryBytes)
        {
            Add(
                nameof(options.MaxMemoryBytes),
                maxMemory,
                $"is out of range. Set it to a number of bytes from {ReclusterLimits.LeastMaxMemoryBytes} (32 MiB), or leave it out for no limit.");
        }

        if (options.MaxAge <= TimeSpan.Zero)
        {
            Add(nameof(options.MaxAge), options.MaxAge, "is out of range. Set it to a time above zero, or leave it out for no limit.");
        }

        Time(nameof(options.MinUptime), options.MinUptime, TimeSpan.Zero, ReclusterLimits.MaxMinUptime);
        Time(nameof(options.MinRecycleAge), options.MinRecycleAge, TimeSpan.Zero, ReclusterLimits.MaxDelay);
        if (options.HeartbeatTimeout is { } heartbeat)
        {
            Time(
                nameof(options.HeartbeatTimeout),
                heartbeat,
                ReclusterLimits.MinHeartbeatTimeout,
                ReclusterLimits.MaxHeartbeatTimeout,
                $", or {ToNothing} to switch it off");
        }

        if (options.MaxWorkers is { } maxWorkers && (maxWorkers < options.Workers || maxWorkers > ReclusterLimits.MaxWorkers))
        {
            Add(
                nameof(options.MaxWorkers),
                maxWorkers,
                $"is out of range. Set it to a number from {nameof(options.Workers)} ({options.Workers}) to {ReclusterLimits.MaxWorkers}.");
        }

        if (options.Balancing is { } balancing && !Enum.IsDefined(balancing))
        {
            Add(nameof(options.Balancing), balancing, $"is unknown. Set it to one of {string.Join(", ", Enum.GetNames<Balancing>())}.");
        }

        if (!Enum.IsDefined(options.MasterServiceFailure))
        {
            Add(
                nameof(options.MasterServiceFailure),
                options.MasterServiceFailure,
                $"is unknown. Set it to one of {string.Join(", ", Enum.GetNames<MasterServiceFailure>())}.");
        }

        if (options.ReadyWhen is { } readyWhen && !Enum.IsDefined(readyWhen))
        {
            Add(nameof(options.ReadyWhen), readyWhen, $"is unknown. Set it to one of {string.Join(", ", Enum.GetNames<ReadyWhen>())}.");
        }

        if (!ReclusterProcess.IsWorker)
        {
            // Relative paths are relative to the master's folder, and a worker may be somewhere else.
            Folder(nameof(options.HangDumpFolder), options.HangDumpFolder);
            Folder(nameof(options.WorkerWorkingDirectory), options.WorkerWorkingDirectory, command?.WorkingDirectory ?? "");
        }

        Time(nameof(options.RespawnDelay), options.RespawnDelay, TimeSpan.Zero, ReclusterLimits.MaxDelay);
        if (options.MaxRespawnDelay is { } longestRespawn)
        {
            Time(nameof(options.MaxRespawnDelay), longestRespawn, TimeSpan.Zero, ReclusterLimits.MaxDelay);
        }

        Time(nameof(options.StartTimeout), options.StartTimeout, TimeSpan.FromMilliseconds(1), ReclusterLimits.MaxDelay);
        Time(nameof(options.CloseSpread), options.CloseSpread, TimeSpan.Zero, ReclusterLimits.MaxCloseSpread);
        Time(nameof(options.ShutdownDelay), options.ShutdownDelay, TimeSpan.Zero, ReclusterLimits.MaxShutdownDelay);
        if (options.DrainTimeout is { } drainTimeout)
        {
            Time(nameof(options.DrainTimeout), drainTimeout, TimeSpan.Zero, ReclusterLimits.MaxDrainTimeout);
        }

        if (options.MaxRespawnDelay >= TimeSpan.Zero && options.MaxRespawnDelay < options.RespawnDelay)
        {
            Add(
                nameof(options.MaxRespawnDelay),
                options.MaxRespawnDelay,
                $"is below {nameof(options.RespawnDelay)} ({options.RespawnDelay}). Raise it to at least that, or set it {ToNothing} to switch the doubling off.");
        }

        WarmUpValidation.Check(options.WarmUp, Add);
        return result.Build();

        void Count(string option, long value, long least, long most)
        {
            if (value < least || value > most)
            {
                Add(option, value, $"is out of range. Set it to a number from {least} to {most}.");
            }
        }

        void Time(string option, TimeSpan value, TimeSpan least, TimeSpan most, string orElse = "")
        {
            if (value < least || value > most)
            {
                Add(option, value, $"is out of range. Set it to a time from {least} to {most}{orElse}.");
            }
        }

        void Folder(string option, string? value, string from = "")
        {
            if (value is not null && !Directory.Exists(Path.Combine(from, value)))
            {
                Add(option, value, "does not exist. Make the folder, or name another.");
            }
        }

        void Add(string option, object? value, string remedy) => result.AddError(string.Create(
            CultureInfo.InvariantCulture,
            $"{ReclusterOptions.SectionName}:{option} = {value} {remedy}"));
    }
}
