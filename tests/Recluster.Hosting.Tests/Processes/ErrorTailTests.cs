using System.Text;
using Recluster.Processes;

namespace Recluster.Hosting.Tests.Processes;

public class ErrorTailTests
{
    private readonly ErrorTail _tail = new();

    [Fact]
    public void Nothing_written_is_nothing() => Assert.Empty(_tail.Lines());

    [Fact]
    public void A_line_may_come_in_pieces_even_within_a_character()
    {
        foreach (var one in Encoding.UTF8.GetBytes("first ✓\r\nsecond"))
        {
            _tail.Append([one]);
        }

        Assert.Equal(["first ✓", "second"], _tail.Lines());
    }

    [Fact]
    public void Empty_lines_do_not_count()
    {
        Write("a\n\n  \n\nb\n");

        Assert.Equal(["a", "b"], _tail.Lines());
    }

    [Fact]
    public void The_last_lines_are_kept()
    {
        for (var i = 1; i <= ErrorTail.MaxLines + 10; i++)
        {
            Write($"line {i}\n");
        }

        Assert.Equal(ErrorTail.MaxLines, _tail.Lines().Count);
        Assert.Equal($"line {ErrorTail.MaxLines + 10}", _tail.Lines()[^1]);
        Assert.Equal("line 11", _tail.Lines()[0]);
    }

    [Fact]
    public void The_last_bytes_are_kept_of_few_but_long_lines()
    {
        for (var i = 0; i < 20; i++)
        {
            Write(new string((char)('a' + i), 4000) + "\n");
        }

        var lines = _tail.Lines();
        Assert.InRange(lines.Sum(line => line.Length + 1), ErrorTail.MaxBytes - 1, ErrorTail.MaxBytes);
        Assert.Equal(new string('t', 4000), lines[^1]);
    }

    [Fact]
    public void One_line_without_end_does_not_grow()
    {
        for (var i = 0; i < 1000; i++)
        {
            Write(new string('x', 1000));
        }

        Assert.Equal(ErrorTail.MaxBytes, Assert.Single(_tail.Lines()).Length);
    }

    [Fact]
    public void What_is_no_UTF_8_is_shown_as_well_as_it_can_be()
    {
        _tail.Append([(byte)'a', 0xff, (byte)'b', (byte)'\n']);

        Assert.Equal(["a\ufffdb"], _tail.Lines());
    }

    private void Write(string text) => _tail.Append(Encoding.UTF8.GetBytes(text));
}
