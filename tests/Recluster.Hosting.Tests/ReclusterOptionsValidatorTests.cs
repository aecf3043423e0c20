namespace Recluster.Hosting.Tests;

public class ReclusterOptionsValidatorTests
{
    private static readonly ReclusterOptionsValidator Validator = new();

    [Fact]
    public void The_defaults_are_valid() => Assert.True(Validator.Validate(null, new ReclusterOptions()).Succeeded);

    [Theory]
    [InlineData(1)]
    [InlineData(512)]
    public void The_bounds_of_a_number_are_valid(int number) =>
        Assert.True(Validator.Validate(null, new ReclusterOptions { Workers = number, MaxConcurrentStarts = number }).Succeeded);

    [Fact]
    public void The_bounds_of_the_times_are_valid()
    {
        var least = new ReclusterOptions
        {
            RespawnDelay = TimeSpan.Zero,
            MaxRespawnDelay = TimeSpan.Zero,
            StartTimeout = TimeSpan.FromMilliseconds(1),
            DrainTimeout = TimeSpan.Zero,
            ShutdownDelay = TimeSpan.Zero,
        };
        var most = new ReclusterOptions
        {
            RespawnDelay = ReclusterLimits.MaxDelay,
            MaxRespawnDelay = ReclusterLimits.MaxDelay,
            StartTimeout = ReclusterLimits.MaxDelay,
            DrainTimeout = ReclusterLimits.MaxDrainTimeout,
            ShutdownDelay = ReclusterLimits.MaxShutdownDelay,
        };

        Assert.True(Validator.Validate(null, least).Succeeded);
        Assert.True(Validator.Validate(null, most).Succeeded);
    }

    [Fact]
    public void A_memory_limit_that_means_megabytes_is_refused_and_none_is_valid()
    {
        Assert.True(Validator.Validate(null, new ReclusterOptions { MaxMemoryBytes = null }).Succeeded);
        Assert.True(Validator.Validate(null, new ReclusterOptions { MaxMemoryBytes = 32 << 20 }).Succeeded);

        Assert.Equal(
            ["Recluster:MaxMemoryBytes = 512 is out of range. Set it to a number of bytes from 33554432 (32 MiB), or leave it out for no limit."],
            Errors(new ReclusterOptions { MaxMemoryBytes = 512 }));
    }

    [Fact]
    public void Zero_does_not_switch_off_and_the_remedy_says_what_does()
    {
        Assert.True(Validator.Validate(null, new ReclusterOptions { HeartbeatTimeout = null, MaxRespawnDelay = null }).Succeeded);

        Assert.Equal(
            [
                "Recluster:MaxRequests = 0 is out of range. Set it to a number from 1, or leave it out for no limit.",
                "Recluster:MaxMemoryBytes = 0 is out of range. Set it to a number of bytes from 33554432 (32 MiB), or leave it out for no limit.",
                "Recluster:MaxAge = 00:00:00 is out of range. Set it to a time above zero, or leave it out for no limit.",
                "Recluster:HeartbeatTimeout = 00:00:00 is out of range. Set it to a time from 00:00:01 to 01:00:00, or to null "
                    + "(in the configuration: to an empty value) to switch it off.",
            ],
            Errors(new ReclusterOptions { MaxRequests = 0, MaxMemoryBytes = 0, MaxAge = TimeSpan.Zero, HeartbeatTimeout = TimeSpan.Zero }));
    }

    [Fact]
    public void No_doubling_is_valid_whatever_the_delay() => Assert.True(Validator.Validate(
        null, new ReclusterOptions { RespawnDelay = TimeSpan.FromMinutes(1), MaxRespawnDelay = null }).Succeeded);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(513)]
    [InlineData(10_000)]
    public void A_number_out_of_range_is_told_with_option_value_and_remedy(int number)
    {
        Assert.Equal(
            [$"Recluster:Workers = {number} is out of range. Set it to a number from 1 to 512."],
            Errors(new ReclusterOptions { Workers = number }));
        Assert.Equal(
            [$"Recluster:MaxConcurrentStarts = {number} is out of range. Set it to a number from 1 to 512."],
            Errors(new ReclusterOptions { MaxConcurrentStarts = number }));
    }

    [Fact]
    public void A_time_out_of_range_is_told_with_option_value_and_remedy()
    {
        Assert.Equal(
            ["Recluster:StartTimeout = 00:00:00 is out of range. Set it to a time from 00:00:00.0010000 to 1.00:00:00."],
            Errors(new ReclusterOptions { StartTimeout = TimeSpan.Zero }));
        Assert.Equal(
            ["Recluster:DrainTimeout = 30.00:00:00.0000001 is out of range. Set it to a time from 00:00:00 to 30.00:00:00."],
            Errors(new ReclusterOptions { DrainTimeout = TimeSpan.FromDays(30) + TimeSpan.FromTicks(1) }));
        Assert.Equal(
            ["Recluster:RespawnDelay = -00:00:01 is out of range. Set it to a time from 00:00:00 to 1.00:00:00."],
            Errors(new ReclusterOptions { RespawnDelay = TimeSpan.FromSeconds(-1) }));
        Assert.Equal(
            ["Recluster:ShutdownDelay = 01:00:00.0000001 is out of range. Set it to a time from 00:00:00 to 01:00:00."],
            Errors(new ReclusterOptions { ShutdownDelay = TimeSpan.FromHours(1) + TimeSpan.FromTicks(1) }));
    }

    [Fact]
    public void A_MaxRespawnDelay_below_RespawnDelay_is_told_with_both_and_both_remedies()
    {
        var error = Assert.Single(Errors(new ReclusterOptions { RespawnDelay = TimeSpan.FromSeconds(5), MaxRespawnDelay = TimeSpan.FromSeconds(4) }));

        Assert.Equal(
            "Recluster:MaxRespawnDelay = 00:00:04 is below RespawnDelay (00:00:05). "
            + "Raise it to at least that, or set it to null (in the configuration: to an empty value) to switch the doubling off.",
            error);
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        var errors = Errors(new ReclusterOptions
        {
            Workers = 0,
            MaxConcurrentStarts = 0,
            RespawnDelay = TimeSpan.FromDays(2),
            MaxRespawnDelay = TimeSpan.FromSeconds(1),
            StartTimeout = TimeSpan.FromSeconds(-1),
            DrainTimeout = TimeSpan.FromSeconds(-1),
            CloseSpread = TimeSpan.FromDays(1),
        });

        Assert.Equal(
            ["Workers", "MaxConcurrentStarts", "RespawnDelay", "StartTimeout", "CloseSpread", "DrainTimeout", "MaxRespawnDelay"],
            errors.Select(error => error.Split(' ')[0].Split(':')[1]));
    }

    private static string[] Errors(ReclusterOptions options) => [.. Validator.Validate(null, options).Failures ?? []];
}
