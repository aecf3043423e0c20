using System.Text;
using Recluster.Processes;
using Recluster.Supervisor;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Processes;

/// <summary>What every launcher does, the one in memory as much as the real one.</summary>
public abstract class ProcessLauncherContract
{
    private protected abstract IProcessLauncher Launcher { get; }

    private protected abstract ProcessStart Exits(int code);

    private protected abstract ProcessStart DiesBy(int signal);

    private protected abstract ProcessStart RunsUntilKilled();

    /// <summary>Writes back what comes on its channel until end-of-file, then exits with 0.</summary>
    private protected abstract ProcessStart EchoesItsChannel();

    /// <summary>Writes the value of this variable and a line feed on its channel, then exits with 0.</summary>
    private protected abstract ProcessStart TellsVariable(string name, Func<int, IReadOnlyDictionary<string, string>> environment);

    /// <summary>Writes to standard error, exactly this, then exits with 1.</summary>
    private protected abstract ProcessStart WritesErrors(string text);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(255)]
    public async Task An_exit_code_is_told_exactly(int code)
    {
        var child = Launcher.Start(Exits(code));

        Assert.Equal(ExitStatus.Exited(code), await child.Exited.InTime());
    }

    [Theory]
    [InlineData(11)]
    [InlineData(15)]
    public async Task A_signal_that_ended_it_is_told_exactly(int signal)
    {
        var child = Launcher.Start(DiesBy(signal));

        Assert.Equal(ExitStatus.Signaled(signal), await child.Exited.InTime());
    }

    [Fact]
    public async Task A_killed_child_ends_by_signal_9()
    {
        var child = Launcher.Start(RunsUntilKilled());

        child.Kill();

        Assert.Equal(ExitStatus.Signaled(9), await child.Exited.InTime() with { OutOfMemory = null });
    }

    [Fact]
    public async Task Killing_twice_and_after_the_exit_changes_nothing()
    {
        var child = Launcher.Start(Exits(3));
        await child.Exited.InTime();

        child.Kill();
        child.Kill();

        Assert.Equal(ExitStatus.Exited(3), await child.Exited);
    }

    [Fact]
    public async Task The_channel_carries_bytes_both_ways()
    {
        var child = Launcher.Start(EchoesItsChannel());
        await using var channel = child.Channel;

        foreach (var line in new[] { "ping\n", "pong äöü\n" })
        {
            await channel.WriteAsync(Encoding.UTF8.GetBytes(line)).InTime();
            Assert.Equal(line, await ReadLineAsync(channel));
        }

        child.Kill();
        await child.Exited.InTime();
    }

    [Fact]
    public async Task The_child_sees_the_end_of_the_channel_when_the_parent_closes_it()
    {
        var child = Launcher.Start(EchoesItsChannel());

        await child.Channel.DisposeAsync();

        Assert.Equal(ExitStatus.Exited(0), await child.Exited.InTime());
    }

    [Fact]
    public async Task The_end_of_the_child_is_the_end_of_the_channel()
    {
        var child = Launcher.Start(RunsUntilKilled());
        var end = child.Channel.ReadAsync(new byte[1]).AsTask();
        Assert.False(end.IsCompleted);

        child.Kill();

        Assert.Equal(0, await end.InTime());
    }

    [Fact]
    public async Task What_the_child_said_before_its_end_is_still_there_to_read()
    {
        var child = Launcher.Start(TellsVariable("ANSWER", _ => new Dictionary<string, string> { ["ANSWER"] = "42" }));
        await child.Exited.InTime();

        Assert.Equal("42\n", await ReadLineAsync(child.Channel));
        Assert.Equal(0, await child.Channel.ReadAsync(new byte[1]).InTime());
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("with spaces, = signs, 'quotes', \"quotes\" and ünïcödé ✓")]
    public async Task The_environment_is_the_one_that_the_callback_made(string value)
    {
        var child = Launcher.Start(TellsVariable("THE_VALUE", _ => new Dictionary<string, string> { ["THE_VALUE"] = value }));

        Assert.Equal(value + "\n", await ReadLineAsync(child.Channel));
    }

    [Fact]
    public async Task Variables_of_the_parent_reach_the_child_only_through_the_callback()
    {
        Assert.NotNull(Environment.GetEnvironmentVariable("PATH"));

        var child = Launcher.Start(TellsVariable("HOME", _ => new Dictionary<string, string>()));

        Assert.Equal("\n", await ReadLineAsync(child.Channel));
    }

    [Fact]
    public async Task The_callback_is_given_the_number_that_the_channel_has_in_the_child()
    {
        var given = new List<int>();
        var start = TellsVariable("X", channel =>
        {
            given.Add(channel);
            return new Dictionary<string, string>();
        });

        var child = Launcher.Start(start);
        await child.Exited.InTime();

        Assert.True(Assert.Single(given) > 2);
    }

    [Fact]
    public async Task What_it_wrote_to_standard_error_is_complete_when_its_exit_is_told_also_a_last_line_without_an_end()
    {
        var child = Launcher.Start(WritesErrors("Unhandled exception.\n   at Program\nlast words"));
        await child.Exited.InTime();

        Assert.Equal(["Unhandled exception.", "at Program", "last words"], child.ErrorOutput);
    }

    [Fact]
    public async Task A_child_that_wrote_no_error_has_none()
    {
        var child = Launcher.Start(Exits(1));
        await child.Exited.InTime();

        Assert.Empty(child.ErrorOutput);
    }

    [Fact]
    public async Task Of_a_long_error_output_the_last_lines_are_kept()
    {
        var lines = Enumerable.Range(1, 300).Select(number => $"line {number}").ToArray();

        var child = Launcher.Start(WritesErrors(string.Join('\n', lines)));
        await child.Exited.InTime();

        Assert.Equal(lines.TakeLast(ErrorTail.MaxLines), child.ErrorOutput);
    }

    [Fact]
    public void A_missing_executable_is_an_error_that_names_its_path()
    {
        var start = Exits(0) with { FileName = "/no/such/program" };

        var error = Assert.Throws<ProcessStartException>(() => Launcher.Start(start));

        Assert.Contains("/no/such/program", error.Message, StringComparison.Ordinal);
        Assert.Contains("No such file or directory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_children_at_once_are_all_told_exactly()
    {
        var children = Enumerable.Range(0, 50).AsParallel().AsOrdered().WithDegreeOfParallelism(4)
            .Select(code => Launcher.Start(Exits(code))).ToArray();

        var statuses = await Task.WhenAll(children.Select(child => child.Exited)).InTime();

        Assert.Equal(Enumerable.Range(0, 50).Select(ExitStatus.Exited), statuses);
        Assert.Equal(50, children.Select(child => child.ProcessId).Distinct().Count());
    }

    private protected static async Task<string> ReadLineAsync(Stream channel)
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (await channel.ReadAsync(one).InTime() == 1)
        {
            bytes.Add(one[0]);
            if (one[0] == '\n')
            {
                break;
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
