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
    public void Whole_lines_are_passed_on_at_once_and_what_has_no_end_yet_waits_for_it()
    {
        Write("a line\nand another\nno");
        Assert.True(_relay.Read());
        Assert.Equal(["a line\nand another\n"], _destination.All);
        Assert.Equal(["a line", "and another", "no"], _relay.Lines);

        Write(" end");
        Assert.True(_relay.Read());
        Write(" yet\n");
        Assert.True(_relay.Read());

        Assert.Equal(["a line\nand another\n", "no end yet\n"], _destination.All);
    }

    [Fact]
    public void A_line_without_end_is_passed_on_in_pieces()
    {
        for (var written = 0; written <= OutputRelay.MaxLine; written += 1024)
        {
            Assert.Empty(_destination.All);
            Write(new string('x', 1024));
            Assert.True(_relay.Read());
        }

        Assert.Equal(new string('x', OutputRelay.MaxLine + 1024), Assert.Single(_destination.All));
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
