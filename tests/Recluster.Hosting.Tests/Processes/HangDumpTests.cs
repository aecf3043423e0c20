using System.Text;
using Microsoft.Extensions.Time.Testing;
using Recluster.Hosting.Tests.Support;
using Recluster.Processes;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Processes;

public sealed class HangDumpTests : IDisposable
{
    private static readonly byte[] Ok = FakeDiagnosticsPort.Message(0x00, 0, 0, 0, 0);

    private readonly string _folder = Directory.CreateTempSubdirectory("recluster-100%p-").FullName;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly RecordingLogger _log = new();
    private readonly HangDump _dump;

    public HangDumpTests() => _dump = new(_folder, _time, _log);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_dump_is_written_by_the_runtime_itself_where_nobody_else_can_enter_and_moved_to_its_place_when_it_is_complete()
    {
        using var port = OwnPort();
        var mode = UnixFileMode.None;

        var taken = _dump.TakeAsync(Environment.ProcessId, CancellationToken.None);
        var (file, commandSet, command, type) = await port.AnswerAsync(file =>
        {
            file = file.Replace("%%", "%", StringComparison.Ordinal);
            mode = File.GetUnixFileMode(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, "a dump");
            return Ok;
        });
        await taken.InTime();

        Assert.Equal((0x01, 0x03, 2u), (commandSet, command, type));
        Assert.StartsWith(_folder.Replace("%", "%%", StringComparison.Ordinal) + "/", file, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, mode);
        var dump = Assert.Single(Directory.GetFileSystemEntries(_folder));
        Assert.Matches($"recluster-hang-{Environment.ProcessId}-{_time.GetUtcNow():yyyyMMdd'T'HHmmssfff'Z'}-[0-9a-f]{{16}}[.]dmp$", dump);
        Assert.Equal("a dump", File.ReadAllText(dump));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(dump));
        Assert.Contains(dump, await _log.NextAsync("HangDumpWritten"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_written_of_a_dump_that_the_kill_ends_is_removed()
    {
        using var port = OwnPort();
        using var killed = new CancellationTokenSource();

        var taken = _dump.TakeAsync(Environment.ProcessId, killed.Token);
        await port.AnswerAsync(file =>
        {
            File.WriteAllText(file.Replace("%%", "%", StringComparison.Ordinal), "half a dump");
            killed.Cancel();
            return null;
        });
        await taken.InTime();

        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        Assert.Contains("it was not complete when the worker had to be killed", await _log.NextAsync("HangDumpFailed"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_waits_for_another_ends_with_its_own_kill()
    {
        using var port = OwnPort();
        using var killed = new CancellationTokenSource();
        var first = _dump.TakeAsync(Environment.ProcessId, killed.Token);

        await _dump.TakeAsync(Environment.ProcessId, new CancellationToken(canceled: true)).InTime();

        Assert.False(first.IsCompleted);
        await killed.CancelAsync();
        await first.InTime();
    }

    [Theory]
    [InlineData("", "error 0x80131C4F.")]
    [InlineData("no room", "error 0x80131C4F. no room")]
    public async Task What_the_runtime_says_against_it_is_told(string reason, string expected)
    {
        using var port = OwnPort();

        var taken = _dump.TakeAsync(Environment.ProcessId, CancellationToken.None);
        await port.AnswerAsync(_ => FakeDiagnosticsPort.Message(
            0xFF, [0x4F, 0x1C, 0x13, 0x80, (byte)(reason.Length + 1), 0, 0, 0, .. Encoding.Unicode.GetBytes(reason + '\0')]));
        await taken.InTime();

        Assert.EndsWith("its runtime could not write it: " + expected, await _log.NextAsync("HangDumpFailed"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_socket_that_another_process_has_laid_out_under_the_name_of_the_port_is_told_nothing()
    {
        using var launcher = new PosixProcessLauncher(TimeProvider.System);
        var script = Shell.Script("exec sleep 1000");
        var child = launcher.Start(script with
        {
            Environment = channel => new Dictionary<string, string>(script.Environment(channel)) { ["TMPDIR"] = _folder },
        });
        try
        {
            using var laidOut = new FakeDiagnosticsPort(_folder, child.ProcessId);
            await _dump.TakeAsync(child.ProcessId, CancellationToken.None).InTime();

            // It sees a connection that was closed again.
            await Assert.ThrowsAsync<EndOfStreamException>(() => laidOut.AnswerAsync(_ => Ok));
        }
        finally
        {
            child.Kill();
        }

        var line = await _log.NextAsync("HangDumpFailed");
        Assert.Contains($"{_folder}/dotnet-diagnostic-{child.ProcessId}-*-socket", line, StringComparison.Ordinal);
        Assert.Contains("DOTNET_EnableDiagnostics", line, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        await child.Exited.InTime();
    }

    [Fact]
    public async Task The_five_newest_dumps_are_kept_and_nothing_else_is_touched()
    {
        using var port = OwnPort();
        var now = _time.GetUtcNow().UtcDateTime;
        for (var age = 1; age <= 7; age++)
        {
            Write($"recluster-hang-1-{age}.dmp", now.AddHours(-age));
        }

        Write("core.1", now.AddDays(-1));
        LeaveFolder("recluster-hang-2-left", now.AddHours(-1));
        LeaveFolder("recluster-hang-3-now", now.AddSeconds(-10));

        var taken = _dump.TakeAsync(Environment.ProcessId, CancellationToken.None);
        await port.AnswerAsync(file =>
        {
            File.WriteAllText(file.Replace("%%", "%", StringComparison.Ordinal), "a dump");
            return Ok;
        });
        await taken.InTime();

        Assert.Equal(
            ["core.1", "recluster-hang-1-1.dmp", "recluster-hang-1-2.dmp", "recluster-hang-1-3.dmp", "recluster-hang-1-4.dmp", "recluster-hang-3-now"],
            Directory.GetFileSystemEntries(_folder).Select(path => Path.GetFileName(path)!)
                .Where(name => !name.StartsWith($"recluster-hang-{Environment.ProcessId}-", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(HangDump.MaxKept, Directory.GetFiles(_folder, "recluster-hang-*.dmp").Length);
    }

    private static FakeDiagnosticsPort OwnPort() => new(Path.GetTempPath(), Environment.ProcessId);

    private void Write(string name, DateTime time)
    {
        File.WriteAllText(Path.Combine(_folder, name), "");
        File.SetLastWriteTimeUtc(Path.Combine(_folder, name), time);
    }

    private void LeaveFolder(string name, DateTime time)
    {
        Directory.CreateDirectory(Path.Combine(_folder, name));
        File.WriteAllText(Path.Combine(_folder, name, name + ".dmp"), "");
        Directory.SetLastWriteTimeUtc(Path.Combine(_folder, name), time);
    }
}
