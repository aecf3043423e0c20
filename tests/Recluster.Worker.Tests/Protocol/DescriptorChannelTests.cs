using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Recluster.Platform;
using Recluster.Protocol;
using Recluster.Tests.Support;

namespace Recluster.Worker.Tests.Protocol;

/// <summary>The worker's end of the socket for descriptors. The test plays the master.</summary>
public sealed class DescriptorChannelTests : IDisposable
{
    private int _master;
    private readonly int _worker;
    private readonly DescriptorChannel _channel;
    private readonly string _name = $"test-{Guid.NewGuid():N}";
    private readonly MemoryFile _file;

    public DescriptorChannelTests()
    {
        (_master, _worker) = Libc.CreatePacketPair()!.Value;
        _channel = new DescriptorChannel(_worker);
        _file = MemoryFile.Create(_name)!;
    }

    public void Dispose()
    {
        EndMaster();
        _ = Libc.Close(_worker);
        _file.Dispose();
    }

    [Fact]
    public async Task It_asks_until_it_has_all_and_goes_on_there_the_next_time()
    {
        var first = Take();
        Answer(asked: 0, "3\nkeys\nendpoint group tcp%3A1", _file.Descriptor);
        Answer(asked: 2, "3\nsocket 0 0", _file.Descriptor);
        var entries = await first.InTime();

        var second = Take();
        Answer(asked: 3, "4\nqueue 1", _file.Descriptor, _file.Descriptor);

        Assert.Equal(["keys", "endpoint group tcp%3A1", "socket 0 0"], entries.Select(entry => entry.Format()));
        var received = entries.Concat(await second.InTime()).SelectMany(entry => entry.Descriptors).ToArray();
        Assert.Equal(4, received.Distinct().Count());
        Assert.All(received, descriptor => Assert.StartsWith($"memfd:{_name}", Descriptors.Target(descriptor), StringComparison.Ordinal));
        Assert.All(received, descriptor => Assert.True(IsClosedOnExec(descriptor)));
        DescriptorChannel.Close(received);
    }

    [Fact]
    public async Task As_many_descriptors_as_the_kernel_takes_come_in_one_message()
    {
        var taking = Take();
        var lines = Enumerable.Range(0, DescriptorPassing.MaxDescriptors).Select(slot => $"socket 0 {slot}");
        Answer(asked: 0, "253\n" + string.Join('\n', lines), [.. Enumerable.Repeat(_file.Descriptor, DescriptorPassing.MaxDescriptors)]);

        var entries = await taking.InTime();

        Assert.Equal(Enumerable.Range(0, 253), entries.OfType<SharedEntry.Socket>().Select(socket => socket.Slot));
        DescriptorChannel.Close(entries.SelectMany(entry => entry.Descriptors));
    }

    [Fact]
    public async Task Nothing_is_on_its_way_to_a_worker_that_has_all()
    {
        var taking = Take();
        Answer(asked: 0, "0");

        Assert.Empty(await taking.InTime());
    }

    [Fact]
    public async Task Fewer_descriptors_than_announced_are_the_limit_and_those_that_came_are_given_back()
    {
        var taking = Take();
        Answer(asked: 0, "3\nkeys", _file.Descriptor);
        Answer(asked: 1, "3\nsocket 0 0\nsocket 0 1", _file.Descriptor);

        var error = await Assert.ThrowsAsync<IOException>(() => taking.InTime());

        Assert.Contains("RLIMIT_NOFILE", error.Message, StringComparison.Ordinal);
        Assert.Contains("LimitNOFILE=", error.Message, StringComparison.Ordinal);
        Assert.Single(
            Directory.EnumerateFileSystemEntries("/proc/self/fd"),
            path => new FileInfo(path).LinkTarget?.StartsWith($"/memfd:{_name}", StringComparison.Ordinal) == true);

        // It has what it had before, and can ask again.
        var again = Take();
        Answer(asked: 0, "1\nkeys", _file.Descriptor);
        DescriptorChannel.Close(Assert.Single(await again.InTime()).Descriptors);
    }

    [Fact]
    public async Task A_refusal_carries_its_reason()
    {
        var taking = Take();
        Answer(asked: 0, "failed The cluster is stopping.");

        Assert.Equal("The cluster is stopping.", (await Assert.ThrowsAsync<IOException>(() => taking.InTime())).Message);
    }

    [Fact]
    public async Task A_master_that_is_gone_is_said()
    {
        var taking = Take();
        Question();
        EndMaster();

        Assert.Contains("master has ended", (await Assert.ThrowsAsync<IOException>(() => taking.InTime())).Message, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => _channel.Take());
    }

    /// <summary>Closes it once: by the second time its number may be somebody else's.</summary>
    private void EndMaster()
    {
        if (Interlocked.Exchange(ref _master, -1) is >= 0 and var master)
        {
            _ = Libc.Close(master);
        }
    }

    private Task<IReadOnlyList<SharedEntry>> Take() => Task.Run(_channel.Take);

    private void Answer(int asked, string text, params int[] descriptors)
    {
        Assert.Equal(asked, Question());
        Assert.True(DescriptorPassing.TrySend(_master, descriptors, Encoding.UTF8.GetBytes(text)));
    }

    private int Question()
    {
        var question = new byte[8];
        int length;
        do
        {
            Libc.WaitForInput(_master, Limits.Generous); // Any signal ends the wait too.
            length = DescriptorPassing.Receive(_master, question, [], out _, out _);
        }
        while (length < 0 && Marshal.GetLastPInvokeError() == DescriptorChannel.NothingYet);
        Assert.True(length == sizeof(int), $"{length}: error {Marshal.GetLastPInvokeError()}, {Descriptors.Target(_master)}");
        return BinaryPrimitives.ReadInt32LittleEndian(question);
    }

    private static bool IsClosedOnExec(int descriptor) => File.ReadLines($"/proc/self/fdinfo/{descriptor}")
        .Any(line => line.StartsWith("flags:", StringComparison.Ordinal) && (Convert.ToInt32(line[6..].Trim(), 8) & 0x80000) != 0);
}
