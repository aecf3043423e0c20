using System.Globalization;
using System.IO.Pipes;
using System.Text;
using Recluster.Processes;

namespace Recluster.Hosting.Tests.Processes;

/// <summary>What goes through the relay comes out as it went in, and as whole as it went in.</summary>
public sealed class OutputRelayTests : IDisposable
{
    private readonly AnonymousPipeServerStream _pipe = new(PipeDirection.In);
    private readonly AnonymousPipeClientStream _child;
    private readonly Writes _destination = new();
    private readonly OutputRelay _relay;

    public OutputRelayTests()
    {
        _child = new AnonymousPipeClientStream(PipeDirection.Out, _pipe.ClientSafePipeHandle);
        _relay = new OutputRelay(int.Parse(_pipe.SafePipeHandle.DangerousGetHandle().ToString(), CultureInfo.InvariantCulture), _destination);
    }

    public void Dispose()
    {
        _child.Dispose();
        _pipe.Dispose();
    }

    [Fact]
    public void What_was_written_at_once_is_passed_on_at_once_also_without_an_end_of_line()
    {
        Write("a line\nand another\nno end");

        Assert.True(_relay.Read());

        Assert.Equal(["a line\nand another\nno end"], _destination.All);
        Assert.Equal(["a line", "and another", "no end"], _relay.Lines);
    }

    [Fact]
    public void Of_a_long_write_that_may_go_on_the_line_without_an_end_waits_for_its_rest()
    {
        var line = new string('x', 5000);
        Write("first\n" + line);
        Assert.True(_relay.Read());

        Write("rest\n");
        Assert.True(_relay.Read());

        Assert.Equal(["first\n", line + "rest\n"], _destination.All);
    }

    [Fact]
    public void At_the_end_nothing_is_left_behind()
    {
        Write(new string('x', 5000));
        Assert.True(_relay.Read());
        _child.Dispose();
        Assert.False(_relay.Ended.IsCompleted);

        Assert.False(_relay.Read());

        Assert.True(_relay.Ended.IsCompleted);
        Assert.Equal(new string('x', 5000), string.Concat(_destination.All));
    }

    [Theory]
    [InlineData(typeof(IOException))] // No space left on device.
    [InlineData(typeof(ArgumentException))] // Bad file descriptor: it was opened for reading alone.
    [InlineData(typeof(UnauthorizedAccessException))]
    public void A_destination_that_cannot_be_written_costs_the_tail_nothing(Type error)
    {
        _destination.Error = (Exception)Activator.CreateInstance(error)!;
        Write("its last words\n");

        Assert.True(_relay.Read());

        Assert.Equal(["its last words"], _relay.Lines);
    }

    private void Write(string text) => _child.Write(Encoding.UTF8.GetBytes(text));

    private sealed class Writes : MemoryStream
    {
        internal List<string> All { get; } = [];

        internal Exception? Error { get; set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Error is { } error)
            {
                throw error;
            }

            if (buffer.Length > 0)
            {
                All.Add(Encoding.UTF8.GetString(buffer));
            }
        }
    }
}
