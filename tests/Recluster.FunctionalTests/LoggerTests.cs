using System.Text.RegularExpressions;
using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>What is said of a worker's log holds for the loggers that people use, registered above AddRecluster or below.</summary>
public class LoggerTests
{
    public static TheoryData<string, bool> Loggers => new()
    {
        { "console-after-clear", false },
        { "serilog", true },
        { "serilog", false },
        { "serilog-host", false },
        { "serilog-provider", false },
        { "nlog", false },
        { "nlog-provider", true },
        { "nlog-factory", true },
        { "nlog-factory", false },
    };

    [Theory]
    [MemberData(nameof(Loggers))]
    public async Task The_warm_up_is_not_logged_and_every_line_of_a_worker_says_which_it_is(string logger, bool isFirst)
    {
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Command = [LoggingZoo.Executable],
            WarmUp = true,
            Arguments = [$"--Zoo:Logger={logger}", $"--Zoo:LoggerFirst={isFirst}", "--Recluster:WarmUp:Count=100"],
            Environment = new Dictionary<string, string?> { ["Logging__LogLevel__Microsoft.AspNetCore"] = "Information" },
        });
        await cluster.RequestAsync("/log?text=before");
        await cluster.ReloadBySignalAsync();

        await cluster.RequestAsync("/log?text=after");
        var before = await cluster.Log.WaitForAsync("The app says before");
        var after = await cluster.Log.WaitForAsync("The app says after");

        // The framework's request lines of these two requests, and of no other.
        await cluster.Log.WaitForAsync("log?text=after - 200");
        Assert.Equal(2, cluster.Log.Count("Request starting"));
        Assert.Equal(0, cluster.Log.Count("/.well-known/recluster"));
        Assert.Equal(0, cluster.Log.Count("/warmed"));
        Assert.Equal(1, cluster.Log.Count("Now listening on"));
        Assert.Matches(SlotAndGeneration(1), before);
        Assert.Matches(SlotAndGeneration(2), after);
    }

    private static Regex SlotAndGeneration(int generation) =>
        new($@"(\[\S+ [01] {generation}\])|(WorkerId:[01], Generation:{generation})", RegexOptions.CultureInvariant);
}
