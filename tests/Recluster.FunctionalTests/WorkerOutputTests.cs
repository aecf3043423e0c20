using System.Globalization;
using System.Text.RegularExpressions;
using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>Standard output of a worker: while it starts the master keeps its last lines; when it is ready it writes there itself.</summary>
public partial class WorkerOutputTests
{
    private const string GuardLine = "Another instance of this build runs already.";

    [Fact]
    public async Task A_reload_that_fails_without_a_word_on_standard_error_shows_what_stands_on_standard_output()
    {
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Arguments = ["--Zoo:Vice=ReturnsAtOnce", "--Zoo:ViceFrom=2"] });

        var answer = (await cluster.ReloadAsync()).Result;

        Assert.Equal(ReloadStatus.RolledBack, answer.Status);
        Assert.Contains("exit code 0 before it was ready (Program.cs came to its end).", answer.Reason, StringComparison.Ordinal);
        Assert.Contains("It says that a file or lock is held already, or that the app runs already.", answer.Reason, StringComparison.Ordinal);
        Assert.Equal([GuardLine], answer.Output);
        Assert.Empty(answer.ErrorOutput);
        await cluster.Log.WaitForAsync("Its last lines on standard output:", cluster.Log.Lines.ToList().FindIndex(line => line.Contains("Reload rolled back", StringComparison.Ordinal)));
        Assert.Equal(2, cluster.Log.Count(GuardLine));
        Assert.Equal(1, (await cluster.WhoAsync()).Generation);
    }

    [Fact]
    public async Task A_worker_that_is_ready_writes_to_the_masters_own_output_under_every_descriptor()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        var output = LinkOf(cluster.MasterPid, "1");

        foreach (var (_, who) in await cluster.AllSlotsAsync())
        {
            Assert.Equal(output, LinkOf(who.Pid, "1"));
            var shared = LinksOf(who.Pid).Intersect(LinksOf(cluster.MasterPid)).Where(link => link.StartsWith("pipe:", StringComparison.Ordinal));

            // Standard error goes through the master for ever, and what this process has, all have inherited.
            Assert.Empty(shared.Except([output, LinkOf(who.Pid, "2"), .. LinksOf(Environment.ProcessId)]));
        }
    }

    [Fact]
    public async Task No_line_is_lost_or_broken_while_a_worker_changes_from_the_pipe_to_the_output()
    {
        using var gates = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(new() { Arguments = ["--Zoo:Vice=Chatters", $"--Zoo:Gate={gates.Root}/gate"] });
        var pids = (await cluster.AllSlotsAsync()).Values.Select(who => who.Pid).ToArray();
        foreach (var pid in pids)
        {
            await cluster.Log.WaitForAsync($"chatter {pid}", cluster.Log.Mark);
        }

        File.WriteAllText($"{gates.Root}/gate", "");
        await Eventually.TrueAsync(() => cluster.Log.Count("ended after") == 6, () => cluster.Log.Text[^2000..]);

        var lines = cluster.Log.Lines;
        foreach (var pid in pids)
        {
            var whole = lines.Select(line => ChatterLine().Match(line))
                .Where(match => match.Success && match.Groups[1].Value == $"{pid}" && match.Groups[4].Length == Number(match, 3) % 150)
                .Select(match => (Thread: Number(match, 2), Line: Number(match, 3)))
                .ToArray();
            var ended = lines.Where(line => line.StartsWith($"chatter of pid {pid} ended after ", StringComparison.Ordinal))
                .Select(line => int.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
            Assert.Equal(ended.Order(), whole.GroupBy(line => line.Thread).Select(thread => thread.Select(line => line.Line).Distinct().Count()).Order());
            Assert.Equal(whole.Length, whole.Distinct().Count());
        }
    }

    private static IEnumerable<string> LinksOf(int processId) =>
        Directory.GetFiles($"/proc/{processId}/fd").Select(path => LinkOf(processId, Path.GetFileName(path)));

    private static string LinkOf(int processId, string descriptor) => new FileInfo($"/proc/{processId}/fd/{descriptor}").LinkTarget ?? "";

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^chatter (\d+) (\d+) (\d+) (x*)\.$")]
    private static partial Regex ChatterLine();
}
