using CsCheck;
using Recluster.Protocol;

namespace Recluster.Worker.Tests.Protocol;

public class MessageCodecTests
{
    private static readonly string[] Samples =
    [
        "ready",
        "bind tcp%3A127.0.0.1%3A8081",
        "listening tcp%3A127.0.0.1%3A80 unix%3A%2Frun%2Fa%20b.sock",
        "listening -",
        "deaf Kestrel has unbound http://127.0.0.1:80",
        "bound tcp%3A1.2.3.4%3A0 tcp%3A1.2.3.4%3A80",
        "failed tcp%3A1.2.3.4%3A80 there is no such address",
        "retire 1",
        "assigned 7",
        "settled 0,2",
        "replace SIGTERM received",
        "recycle 0 MaxAge: it has run for 01:00:00",
        "reload 3",
        "reload 3 new prices",
        "abort 6",
        "aborted 6 1",
        "stopping",
        "warm-up 2",
        "terminate",
        "assign 7 0,2",
        "assign 8 -",
        "sockets 8",
        "holds 8",
        "lacks the limit of open files is reached",
        "drain 3600000 10000",
        "stop 27000",
        "cluster {\"Generation\":1}",
        "report {\"LastReload\":null}",
        "reloaded 3 {\"Status\":\"Succeeded\"}",
        "scaled 5 {\"Status\":\"Succeeded\"}",
        "event {\"Kind\":\"Scaled\"}",
        "finish 10000",
        "waiting health check 'db'",
        "beat 0 1",
        "scale 5 8",
        "scale 6 -1",
        "give-up 5",
        "end",
        "watch 1",
        "publish cache%2Fusers aGVsbG8=",
    ];

    public static TheoryData<string> Lines() => [.. Samples];

    [Theory]
    [MemberData(nameof(Lines))]
    public void Every_line_of_the_documentation_is_read_and_written_as_it_stands(string line) =>
        Assert.Equal(line, MessageCodec.Format(MessageCodec.Parse(line)!));

    [Fact]
    public void Every_message_there_is_has_a_line()
    {
        var kinds = typeof(Message).GetNestedTypes(System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Public);

        var covered = Samples.Select(line => MessageCodec.Parse(line)!.GetType()).Distinct();

        Assert.Equal(kinds.Select(kind => kind.Name).Order(), covered.Select(kind => kind.Name).Order());
    }

    [Fact]
    public void Any_message_comes_back_as_it_was()
    {
        var number = Gen.Long[0, long.MaxValue];
        var text = Gen.String[Gen.Char.AlphaNumeric, 0, 20];
        var milliseconds = Gen.Long[0, (long)TimeSpan.FromDays(365).TotalMilliseconds].Select(value => TimeSpan.FromMilliseconds(value));
        var any = Gen.OneOf<Message>(
            Gen.Const<Message>(new Message.Ready()),
            number.Select(n => (Message)new Message.Assigned(n)),
            text.Select(t => (Message)new Message.Replace(t)),
            number.Select(n => (Message)new Message.Reload(n)),
            Gen.Const<Message>(new Message.Terminate()),
            Gen.Select(Gen.Bool, text, (isTooLow, reason) => (Message)new Message.Recycle(isTooLow, reason)),
            Gen.Select(Gen.Bool, Gen.Bool, (stalled, debugged) => (Message)new Message.Beat(stalled, debugged)),
            Gen.Select(number, Gen.Int[0, int.MaxValue], (n, workers) => (Message)new Message.Scale(n, workers)),
            milliseconds.Select(t => (Message)new Message.Finish(t)),
            Gen.Select(milliseconds, milliseconds, (t, spread) => (Message)new Message.Drain(t, spread)),
            milliseconds.Select(t => (Message)new Message.Stop(t)),
            text.Select(t => (Message)new Message.Cluster(t)),
            Gen.Select(number, text, (n, t) => (Message)new Message.Reloaded(n, t)),
            Gen.Select(number, text, (n, t) => (Message)new Message.Scaled(n, t)));

        any.Sample(message => Assert.Equal(message, MessageCodec.Parse(MessageCodec.Format(message))));
    }

    [Fact]
    public void Any_assignment_comes_back_as_it_was() =>
        Gen.Select(Gen.Long[0, long.MaxValue], Gen.Int[0, int.MaxValue].Array[0, 20]).Sample((number, slots) =>
        {
            var read = Assert.IsType<Message.Assign>(MessageCodec.Parse(MessageCodec.Format(new Message.Assign(number, slots))));
            Assert.Equal(number, read.Number);
            Assert.Equal(slots, read.Slots);
        });

    [Theory]
    [InlineData("assigned")]
    [InlineData("assigned ")]
    [InlineData("assigned x")]
    [InlineData("assigned -1")]
    [InlineData("assigned +1")]
    [InlineData("assigned 1.0")]
    [InlineData("assigned 1 2")]
    [InlineData("assigned  1")]
    [InlineData("assigned 9223372036854775808")]
    [InlineData("settled")]
    [InlineData("settled 0,x")]
    [InlineData("reload")]
    [InlineData("reload three")]
    [InlineData("abort")]
    [InlineData("aborted 6")]
    [InlineData("scale 5")]
    [InlineData("beat")]
    [InlineData("publish topic not-base64")]
    [InlineData("assign")]
    [InlineData("assign 7")]
    [InlineData("assign 7 ")]
    [InlineData("assign x 0")]
    [InlineData("assign 7 0,")]
    [InlineData("assign 7 ,0")]
    [InlineData("assign 7 0,-1")]
    [InlineData("assign 7 0 1")]
    [InlineData("assign 7 2147483648")]
    [InlineData("warm-up")]
    [InlineData("warm-up much")]
    [InlineData("drain")]
    [InlineData("drain -1 0")]
    [InlineData("drain 5")]
    [InlineData("drain 5 x")]
    [InlineData("drain 922337203685478 0")]
    [InlineData("stop soon")]
    [InlineData("reloaded")]
    [InlineData("reloaded {} 3")]
    [InlineData("scaled")]
    public void A_known_verb_with_arguments_that_are_not_its_own_is_malformed(string line)
    {
        var error = Assert.Throws<InvalidDataException>(() => MessageCodec.Parse(line));

        Assert.Contains(line, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("dance")]
    [InlineData("READY")]
    [InlineData(" ready")]
    [InlineData("ready\r")]
    public void An_unknown_verb_is_passed_over(string line) => Assert.Null(MessageCodec.Parse(line));

    [Fact]
    public void No_line_makes_the_reader_throw_anything_but_InvalidDataException()
    {
        var verb = Gen.Int[0, Samples.Length - 1].Select(index => Samples[index].Split(' ')[0]);
        var tail = Gen.OneOf(Gen.String, Gen.Long.Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        var line = Gen.OneOf(Gen.String, Gen.Select(verb, tail, (head, rest) => head + " " + rest), Gen.Select(verb, tail, tail, (a, b, c) => $"{a} {b} {c}"));

        line.Sample(text =>
        {
            try
            {
                MessageCodec.Parse(text);
            }
            catch (InvalidDataException)
            {
            }
        });
    }

    [Theory]
    [InlineData("two\nlines")]
    [InlineData("two\r\nlines")]
    [InlineData("two\u2028lines")]
    public void A_reason_of_several_lines_becomes_one(string reason)
    {
        Assert.Equal("replace two lines", MessageCodec.Format(new Message.Replace(reason)));
        Assert.Equal("waiting two lines", MessageCodec.Format(new Message.Waiting(reason)));
    }

    [Fact]
    public void A_control_character_in_a_reason_becomes_a_space() =>
        Assert.Equal("replace a [31mb c", MessageCodec.Format(new Message.Replace("a\u001b[31mb\0c")));

    [Theory]
    [InlineData("deaf ")]
    [InlineData("failed key ")]
    [InlineData("lacks ")]
    [InlineData("replace ")]
    [InlineData("waiting ")]
    public void A_long_reason_is_cut_by_its_reader_and_by_its_sender(string verb)
    {
        var read = MessageCodec.Parse(verb + new string('<', 200_000))!;
        var written = MessageCodec.Format(read);

        Assert.InRange(written.Length - verb.Length, 900, FreeText.MaxLength);
        Assert.EndsWith("<... (cut, it has 200000 characters)", written, StringComparison.Ordinal);
        Assert.Equal(read, MessageCodec.Parse(written));
        Assert.Equal(written.Length, MessageCodec.Format(WithReason(read, new string('<', 200_000))).Length);
    }

    private static Message WithReason(Message message, string reason) => message switch
    {
        Message.Deaf => new Message.Deaf(reason),
        Message.Failed m => new Message.Failed(m.Key, reason),
        Message.Lacks => new Message.Lacks(reason),
        Message.Replace => new Message.Replace(reason),
        _ => new Message.Waiting(reason),
    };

    [Theory]
    [InlineData(0, "drain 0 0")]
    [InlineData(-5, "drain 0 0")]
    [InlineData(0.2, "drain 1 0")]
    [InlineData(1500, "drain 1500 0")]
    public void A_time_is_told_in_whole_milliseconds_never_too_few_and_never_negative(double milliseconds, string expected) =>
        Assert.Equal(expected, MessageCodec.Format(new Message.Drain(TimeSpan.FromMilliseconds(milliseconds), TimeSpan.Zero)));

    [Fact]
    public void A_long_malformed_line_is_told_by_its_beginning()
    {
        var error = Assert.Throws<InvalidDataException>(() => MessageCodec.Parse("reload " + new string('x', 100_000)));

        Assert.InRange(error.Message.Length, 100, 300);
    }
}
