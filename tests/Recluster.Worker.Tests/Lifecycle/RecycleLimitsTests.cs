using Recluster.Lifecycle;

namespace Recluster.Worker.Tests.Lifecycle;

public class RecycleLimitsTests
{
    private static readonly TimeSpan MinAge = TimeSpan.FromMinutes(1);

    private static readonly WorkerSettings Settings = new() { ReadyWhen = ReadyWhen.Listening, MinRecycleAge = MinAge };

    public static TheoryData<string> Limits => ["MaxMemoryBytes", "MaxRequests", "MaxAge"];

    [Theory]
    [MemberData(nameof(Limits))]
    public void A_worker_that_is_over_its_limit_from_the_start_is_replaced_at_the_least_age_and_the_limit_is_called_too_low(string name)
    {
        var limits = new RecycleLimits(Low(name), chance: 0);

        Assert.Null(limits.Reached(TimeSpan.FromSeconds(5), 1000, 1000));
        Assert.Null(limits.Reached(MinAge - TimeSpan.FromTicks(1), 1000, 1000));
        var reached = limits.Reached(MinAge, 1000, 1000);

        Assert.StartsWith(name + ": ", reached?.Reason, StringComparison.Ordinal);
        Assert.True(reached?.IsTooLow);
    }

    [Theory]
    [InlineData("MaxMemoryBytes", 0, 1000)]
    [InlineData("MaxRequests", 1000, 0)]
    public void A_limit_that_is_reached_later_is_not_too_low(string name, long requests, long bytes)
    {
        var limits = new RecycleLimits(Low(name), chance: 0);

        Assert.Null(limits.Reached(MinAge, 0, 0));

        Assert.False(limits.Reached(MinAge * 2, requests, bytes)?.IsTooLow);
    }

    [Fact]
    public void What_was_high_before_the_least_age_and_has_fallen_replaces_nobody()
    {
        var limits = new RecycleLimits(Low("MaxMemoryBytes"), chance: 0);

        limits.Reached(MinAge / 2, 0, 1000);

        Assert.Null(limits.Reached(MinAge, 0, 0));
    }

    [Fact]
    public void Up_to_a_tenth_is_added_by_chance()
    {
        var limits = new RecycleLimits(Low("MaxRequests"), chance: 1);

        Assert.Null(limits.Reached(MinAge, 109, 0));
        Assert.NotNull(limits.Reached(MinAge, 110, 0));
    }

    private static WorkerSettings Low(string name) => name switch
    {
        "MaxMemoryBytes" => Settings with { MaxMemoryBytes = 100 },
        "MaxRequests" => Settings with { MaxRequests = 100 },
        _ => Settings with { MaxAge = TimeSpan.FromSeconds(1) },
    };
}
