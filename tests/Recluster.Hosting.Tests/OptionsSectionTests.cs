using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Recluster.Hosting.Tests.Support;

namespace Recluster.Hosting.Tests;

public class OptionsSectionTests
{
    [Theory]
    [InlineData("DrainTimeout", "10", "would be 10 days. Set it to hours, minutes and seconds, such as 00:00:10 for 10 seconds, or to 10.00:00:00 if days are meant.")]
    [InlineData("MaxAge", "-2", "would be -2 days. Set it to hours, minutes and seconds, such as 00:00:10 for 10 seconds, or to -2.00:00:00 if days are meant.")]
    [InlineData("MaxAge", "24:00:00", "would be 24 days. Set it to hours, minutes and seconds, such as 00:00:10 for 10 seconds, or to 24.00:00:00 if days are meant.")]
    [InlineData("WarmUp:TimeLimit", "5s", "cannot be read. Set it to a time, such as 00:00:10 for 10 seconds or 1.00:00:00 for one day.")]
    [InlineData("Workers", "many", "cannot be read. Set it to a whole number.")]
    [InlineData("MaxMemoryBytes", "512MB", "cannot be read. Set it to a whole number.")]
    [InlineData("Enabled", "yes", "cannot be read. Set it to true or false.")]
    [InlineData("Balancing", "Fair", "is unknown. Set it to one of LeastConnections, Connection, ClientAddress.")]
    [InlineData("WarmUp:Count", "1e3", "cannot be read. Set it to a whole number.")]
    [InlineData("WorkerArguments", "--verbose", "is no list. Number its entries: Recluster:WorkerArguments:0.")]
    [InlineData("WarmUp", "false", "cannot be read. Set the keys under it, Recluster:WarmUp:...")]
    public void A_value_that_cannot_be_read_is_told_with_option_value_and_remedy(string option, string value, string remedy) =>
        Assert.Equal([$"Recluster:{option} = {value} {remedy}"], Mistakes((option, value)));

    [Theory]
    [InlineData("DrainTimeout", "0")]
    [InlineData("DrainTimeout", "00:00:10")]
    [InlineData("DrainTimeout", "1.00:00:00")]
    [InlineData("DrainTimeout", "1:02:03:04")]
    [InlineData("DrainTimeout", "")]
    [InlineData("ReadyWhen", "healthy")]
    [InlineData("Enabled", "True")]
    public void A_value_that_can_be_read_is_no_mistake(string option, string value) => Assert.Empty(Mistakes((option, value)));

    [Fact]
    public void A_value_that_cannot_be_read_hides_no_other_mistake_and_no_other_value()
    {
        var options = Bind(new ReclusterOptions(), ("Workers", "many"), ("DrainTimeout", "10"), ("RespawnDelay", "-00:00:01"), ("MaxSurge", "3"));

        Assert.Equal(3, options.MaxSurge);
        Assert.Equal(
            ["DrainTimeout", "RespawnDelay", "Workers"],
            new ReclusterOptionsValidator().Validate(null, options).Failures!.Select(error => error.Split(' ')[0].Split(':')[1]).Order());
    }

    [Fact]
    public void A_request_of_the_warm_up_that_cannot_be_made_is_a_mistake_too() => Assert.Equal(
        [
            "Recluster:WarmUp:Requests:0:Count = 1e3 cannot be read. Set it to a whole number.",
            "Recluster:WarmUp:Requests:1:Path is missing. Set it to a path that begins with a slash.",
        ],
        Mistakes(("WarmUp:Requests:0:Path", "/"), ("WarmUp:Requests:0:Count", "1e3"), ("WarmUp:Requests:1:Method", "HEAD")));

    [Fact]
    public void A_list_in_the_configuration_takes_the_place_of_the_list_in_code()
    {
        var options = new ReclusterOptions { WorkerArguments = ["--code"] };
        options.WarmUp.Paths.Add("/code");
        options.WarmUp.Requests.Add(new WarmUpRequest("/code"));

        Bind(
            options,
            ("WorkerArguments:0", "--configuration"),
            ("WarmUp:Paths:0", "/configuration"),
            ("WarmUp:Requests:0:Path", "/configuration"));

        Assert.Equal(["--configuration"], options.WorkerArguments);
        Assert.Equal(["/configuration"], options.WarmUp.Paths);
        Assert.Equal(["/configuration"], options.WarmUp.Requests.Select(request => request.Path));
    }

    [Fact]
    public void An_empty_value_switches_off_what_is_on_by_default_or_by_the_code()
    {
        var options = new ReclusterOptions { MaxAge = TimeSpan.FromDays(1) };

        Bind(options, ("HeartbeatTimeout", ""), ("MaxRespawnDelay", ""), ("MaxAge", ""));

        Assert.Empty(options.Mistakes);
        Assert.Equal((null, null, null), (options.HeartbeatTimeout, options.MaxRespawnDelay, options.MaxAge));
    }

    [Fact]
    public void A_list_that_the_configuration_leaves_out_stays_and_an_empty_one_is_empty()
    {
        var options = new ReclusterOptions { WorkerArguments = ["--code"] };
        options.WarmUp.Paths.Add("/code");

        Bind(options, ("WorkerArguments", ""));

        Assert.Empty(options.WorkerArguments!);
        Assert.Equal(["/code"], options.WarmUp.Paths);
    }

    [Theory]
    [InlineData("Wokers", "Recluster:Wokers", " Did you mean Recluster:Workers?")]
    [InlineData("maxMemory", "Recluster:maxMemory", " Did you mean Recluster:MaxMemoryBytes?")]
    [InlineData("WarmUp:Path:0", "Recluster:WarmUp:Path", " Did you mean Recluster:WarmUp:Paths?")]
    [InlineData("WarmUp:Requests:0:Methd", "Recluster:WarmUp:Requests:0:Methd", " Did you mean Recluster:WarmUp:Requests:0:Method?")]
    [InlineData("WarmUp:OnWarmUp", "Recluster:WarmUp:OnWarmUp", "")]
    [InlineData("Colour", "Recluster:Colour", "")]
    public async Task A_key_that_is_no_option_is_a_warning_with_the_nearest_name(string key, string path, string hint)
    {
        using var log = new RecordingLogger();

        OptionsSection.WarnOfUnknownKeys(Configuration((key, "8"), ("Workers", "2")), log);
        log.Log(LogLevel.Warning, new EventId(0, "UnknownOption"), "the end", null, (text, _) => text);

        Assert.Equal($"{path} is no option of Recluster and has no effect.{hint}", await log.NextAsync("UnknownOption"));
        Assert.Equal("the end", await log.NextAsync("UnknownOption"));
    }

    private static IEnumerable<string> Mistakes(params (string Option, string Value)[] values) => Bind(new ReclusterOptions(), values).Mistakes;

    private static ReclusterOptions Bind(ReclusterOptions options, params (string Option, string Value)[] values)
    {
        OptionsSection.Bind(Configuration(values), options);
        return options;
    }

    private static IConfiguration Configuration(params (string Option, string Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(value => KeyValuePair.Create($"Recluster:{value.Option}", (string?)value.Value)))
        .Build();
}
