using System.Globalization;
using System.Text;
using Recluster.Processes;
using Recluster.Supervisor;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Processes;

/// <summary>What only a real process can show. Alone, because the descriptors of this very process are counted.</summary>
[Collection(nameof(Alone))]
public sealed class PosixProcessTests : IDisposable
{
    private const string CloseOnExec = "02000000";

    private readonly PosixProcessLauncher _launcher = new(TimeProvider.System);

    public void Dispose() => _launcher.Dispose();

    [Fact]
    public async Task Only_the_control_channel_is_open_in_the_child()
    {
        using var mine = File.OpenHandle("/dev/null");
        using var sent = File.OpenHandle("/dev/zero");
        var start = Shell.Script("head -c4 <&$CHANNEL >/dev/null; ls -l /proc/$$/fd >&$CHANNEL; echo meant $CHANNEL >&$CHANNEL") with { SentFirst = (int)sent.DangerousGetHandle() };

        var lines = await OutputAsync(start);

        var open = lines.Where(line => line.Contains("->", StringComparison.Ordinal))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(fields => (Number: fields[^3], Target: fields[^1]));
        var channel = lines[^1].Split(' ')[1];

        // bash keeps a descriptor of its own at 255; the test host may itself have inherited some that are not close-on-exec.
        var strangers = open.Where(entry => entry.Number != channel && !Inherited().Contains(entry.Number)
            && entry.Number is not ("0" or "1" or "2" or "255"));
        Assert.Empty(strangers);
        Assert.StartsWith("socket:", open.Single(entry => entry.Number == channel).Target, StringComparison.Ordinal);
        Assert.Equal("/dev/null", open.Single(entry => entry.Number == "0").Target);
        Assert.StartsWith("pipe:", open.Single(entry => entry.Number == "2").Target, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_input_is_empty()
    {
        using var full = File.OpenHandle("/etc/passwd");
        var own = Descriptors.Duplicate(0);
        Descriptors.Replace(0, (int)full.DangerousGetHandle());
        try
        {
            Assert.Equal(["0"], await OutputAsync(Shell.Script("wc -c >&$CHANNEL")));
        }
        finally
        {
            Descriptors.Replace(0, own);
        }
    }

    [Fact]
    public async Task A_child_starts_in_the_working_directory_it_was_given()
    {
        Assert.Equal(["/usr/lib"], await OutputAsync(Shell.Script("pwd >&$CHANNEL") with { WorkingDirectory = "/usr/lib" }));
        Assert.Equal([Environment.CurrentDirectory], await OutputAsync(Shell.Script("pwd -P >&$CHANNEL")));
    }

    [Fact]
    public void A_missing_working_directory_is_an_error_that_names_it()
    {
        var error = Assert.Throws<ProcessStartException>(() => _launcher.Start(Shell.Script("true") with { WorkingDirectory = "/no/such/folder" }));

        Assert.Contains("/no/such/folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_program_is_an_error_that_says_so()
    {
        var error = Assert.Throws<ProcessStartException>(() => _launcher.Start(Shell.Script("true") with { FileName = "/etc/passwd" }));

        Assert.Contains("Permission denied", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_reach_the_child_as_they_are_the_name_it_is_called_by_and_empty_ones_included()
    {
        var start = Shell.Script("") with
        {
            Arguments = ["any name", "-c", "printf '[%s]' \"$0\" \"$@\" >&$CHANNEL", "zero", "a b", "", "ünï", "$HOME", ""],
        };

        Assert.Equal(["[zero][a b][][ünï][$HOME][]"], await OutputAsync(start));
        Assert.Equal(["any name"], await OutputAsync(start with { Arguments = ["any name", "-c", "tr '\\0' '\\n' < /proc/$$/cmdline | head -n1 >&$CHANNEL"] }));
    }

    [Fact]
    public async Task A_child_leads_a_process_group_of_its_own()
    {
        var child = _launcher.Start(Shell.Script("cut -d' ' -f5 /proc/$$/stat >&$CHANNEL"));

        Assert.Equal([child.ProcessId.ToString(CultureInfo.InvariantCulture)], await ReadAllAsync(child));
    }

    [Fact]
    public async Task A_child_ignores_no_signal_and_blocks_those_of_a_terminal_alone()
    {
        Assert.Contains(File.ReadLines("/proc/self/status"), line => line.StartsWith("SigIgn:", StringComparison.Ordinal)
            && !line.EndsWith("0000000000000000", StringComparison.Ordinal));

        var lines = await OutputAsync(Shell.Script("") with
        {
            FileName = "/usr/bin/env",
            Arguments = ["env", Shell.Path, "--norc", "-c", "exec grep -E 'SigBlk|SigIgn' /proc/self/status >&$CHANNEL"],
        });

        // 32 and 33 are the C library's own: its posix_spawn leaves them ignored.
        const ulong OfTheCLibrary = 0b11UL << 31;
        const ulong TtinAndTtou = 0b11UL << 20;
        Assert.Equal(
            [("SigBlk:", TtinAndTtou), ("SigIgn:", 0UL)],
            lines.Select(line => line.Split('\t')).Select(fields => (
                fields[0], ulong.Parse(fields[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) & ~OfTheCLibrary)));
    }

    [Fact]
    public async Task A_child_that_holds_signals_starts_with_those_of_a_worker_blocked()
    {
        var start = Shell.Script("exec grep SigBlk /proc/self/status >&$CHANNEL") with { HoldsSignals = true };

        var blocked = ulong.Parse(Assert.Single(await OutputAsync(start)).Split('\t')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);

        Assert.All((int[])[1, 2, 3, 12, 15, 21, 22], signal => Assert.NotEqual(0UL, blocked & (1UL << (signal - 1))));
    }

    [Fact]
    public void A_thread_can_have_a_folder_of_its_own_for_the_process_that_it_starts()
    {
        var before = Environment.CurrentDirectory;
        var inside = "";

        Assert.Equal(7, ThreadFolder.Run("/usr/lib", () =>
        {
            inside = Environment.CurrentDirectory;
            return 7;
        }));

        Assert.Equal(("/usr/lib", before), (inside, Environment.CurrentDirectory));
        Assert.NotEqual(0, ThreadFolder.Run("/no/such/folder", () => 0));
    }

    [Fact]
    public void Starts_that_throw_leave_no_memory_behind()
    {
        var start = Shell.Script("true") with { WorkingDirectory = "/" + new string('x', 1 << 20), Arguments = ["bash", null!] };
        var before = Environment.WorkingSet;

        for (var i = 0; i < 300; i++)
        {
            Assert.ThrowsAny<ArgumentException>(() => _launcher.Start(start));
        }

        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 150L << 20);
    }

    [Fact]
    public async Task No_zombie_is_left_when_the_exit_is_told()
    {
        var child = _launcher.Start(Shell.Script("exit 3"));
        await child.Exited.InTime();

        Assert.False(Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{child.ProcessId}")));
    }

    [Theory]
    [InlineData("exit 7", 7 << 8)]
    [InlineData("kill -9 $$", 9)]
    public async Task The_kernel_tells_how_a_process_ended_whose_status_somebody_else_has_taken(string end, int status)
    {
        var child = _launcher.Start(Shell.Script("read <&$CHANNEL; " + end));
        using var descriptor = new Microsoft.Win32.SafeHandles.SafeFileHandle(Native.PidfdOpen(child.ProcessId), ownsHandle: true);
        await child.Channel.WriteAsync("\n"u8.ToArray());

        await child.Exited.InTime(); // The launcher has taken it.

        var known = Environment.OSVersion.Version >= new Version(6, 15);
        Assert.Equal(known ? status : null, Native.TakenExitOf((int)descriptor.DangerousGetHandle()));
    }

    [Fact]
    public async Task The_descriptors_of_the_parent_do_not_grow_with_its_children()
    {
        await RunAsync(10);
        var before = OpenDescriptors().Length;

        await RunAsync(100);

        Assert.InRange(OpenDescriptors().Length, 0, before + 10);

        async Task RunAsync(int children)
        {
            for (var i = 0; i < children; i++)
            {
                var child = _launcher.Start(Shell.Script("exit 0"));
                await child.Exited.InTime();
                await child.Channel.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_start_that_fails_leaves_no_descriptor_open()
    {
        Fail();
        var before = OpenDescriptors().Length;

        for (var i = 0; i < 100; i++)
        {
            Fail();
        }

        Assert.InRange(OpenDescriptors().Length, 0, before + 10);
        await Task.CompletedTask;

        void Fail() => Assert.Throws<ProcessStartException>(() => _launcher.Start(Shell.Script("true") with { FileName = "/no/such/program" }));
    }

    [Fact]
    public async Task An_exit_is_told_though_a_process_of_the_child_holds_its_standard_error_open()
    {
        var child = _launcher.Start(Shell.Script("sleep 1000 & echo $! >&$CHANNEL; echo its last words >&2; exit 3"));
        var grandchild = int.Parse(await ReadLineAsync(child), CultureInfo.InvariantCulture);
        try
        {
            Assert.Equal(ExitStatus.Exited(3), await child.Exited.InTime());
            Assert.Equal(["its last words"], child.ErrorOutput);
        }
        finally
        {
            _ = Native.Kill(grandchild, Native.SigKill);
        }
    }

    [Fact]
    public async Task Standard_output_is_kept_and_passed_on_until_the_child_puts_another_in_its_place()
    {
        var start = Shell.Script("echo while it starts; exec 1>/dev/null; echo when it is ready; echo done >&$CHANNEL; exit 3");

        var child = _launcher.Start(start with { RelaysOutput = true });

        Assert.Equal("done", await ReadLineAsync(child));
        Assert.Equal(ExitStatus.Exited(3), await child.Exited.InTime());
        Assert.Equal(["while it starts"], child.Output);
    }

    [Fact]
    public async Task Standard_output_that_is_not_relayed_is_the_parents_own()
    {
        var child = _launcher.Start(Shell.Script("echo; exit 3"));

        await child.Exited.InTime();
        Assert.Empty(child.Output);
    }

    [Fact]
    public async Task A_great_deal_of_error_output_neither_blocks_the_child_nor_grows_in_the_parent()
    {
        var child = _launcher.Start(Shell.Script("head -c 3000000 /dev/zero | tr '\\0' 'x' | fold -w 100 >&2; echo >&2; echo end >&2"));
        await child.Exited.InTime();

        Assert.Equal("end", child.ErrorOutput[^1]);
        Assert.Equal(ErrorTail.MaxLines, child.ErrorOutput.Count);
    }

    [Fact]
    public async Task A_standard_error_that_cannot_be_written_ends_neither_the_parent_nor_the_child()
    {
        using var full = File.OpenHandle("/dev/full", access: FileAccess.Write);
        var own = Descriptors.Duplicate(2);
        Descriptors.Replace(2, (int)full.DangerousGetHandle());
        try
        {
            var child = _launcher.Start(Shell.Script("echo its last words >&2; exit 3"));

            Assert.Equal(ExitStatus.Exited(3), await child.Exited.InTime());
            Assert.Equal(["its last words"], child.ErrorOutput);
        }
        finally
        {
            Descriptors.Replace(2, own);
        }
    }

    private static string[] OpenDescriptors() => [.. Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(path => Path.GetFileName(path)!)];

    private static HashSet<string> Inherited() =>
    [
        .. OpenDescriptors().Where(number =>
        {
            try
            {
                var flags = File.ReadLines("/proc/self/fdinfo/" + number).First(line => line.StartsWith("flags:", StringComparison.Ordinal));
                return (Convert.ToInt64(flags[6..].Trim(), 8) & Convert.ToInt64(CloseOnExec, 8)) == 0;
            }
            catch (IOException)
            {
                return false; // It was the one that listed them.
            }
        }),
    ];

    private async Task<string[]> OutputAsync(ProcessStart start) => await ReadAllAsync(_launcher.Start(start));

    private static async Task<string[]> ReadAllAsync(IChildProcess child)
    {
        using var reader = new StreamReader(child.Channel, Encoding.UTF8);
        var text = await reader.ReadToEndAsync().InTime();
        await child.Exited.InTime();
        return text.TrimEnd('\n').Split('\n');
    }

    private static async Task<string> ReadLineAsync(IChildProcess child)
    {
        using var reader = new StreamReader(child.Channel, Encoding.UTF8, leaveOpen: true);
        return (await reader.ReadLineAsync().InTime())!;
    }
}

/// <summary>For tests that no other test may disturb.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
