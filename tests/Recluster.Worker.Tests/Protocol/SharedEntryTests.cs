using CsCheck;
using Recluster.Protocol;

namespace Recluster.Worker.Tests.Protocol;

public class SharedEntryTests
{
    public static TheoryData<string, int[]> Lines => new()
    {
        { "keys", [7] },
        { "board 64", [7] },
        { "queue 3", [7, 8] },
        { "endpoint group tcp%3A0.0.0.0%3A8080", [] },
        { "endpoint failed tcp%3A%5B%3A%3A1%5D%3A0", [] },
        { "socket 0 3", [7] },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void Each_line_of_the_documentation_comes_back_as_it_was(string line, int[] descriptors)
    {
        var entry = SharedEntry.Parse(line, descriptors);

        Assert.Equal(line, entry.Format());
        Assert.Equal(descriptors, entry.Descriptors);
        Assert.Equal(descriptors.Length, SharedEntry.DescriptorsOf(line));
    }

    [Theory]
    [InlineData("/run/with space.sock")]
    [InlineData("/run/100%25.sock")]
    [InlineData("/run/ümläut ✓.sock")]
    [InlineData("/run/new\nline\ttab\r.sock")]
    [InlineData("@abstract name")]
    [InlineData("/run/group shared failed 1,2")]
    public void Odd_paths_of_Unix_sockets_come_back_as_they_were(string path)
    {
        var entry = new SharedEntry.Endpoint("unix:" + path, EndpointLayout.Shared);

        Assert.Equal(entry, SharedEntry.Parse(entry.Format(), []));
        Assert.DoesNotContain('\n', entry.Format());
    }

    [Fact]
    public void Any_endpoint_comes_back_as_it_was() => Gen.Select(Gen.String[Gen.Char[' ', '\ud000'], 1, 50], Gen.Enum<EndpointLayout>())
        .Sample((key, layout) =>
        {
            var entry = new SharedEntry.Endpoint(key, layout);
            Assert.Equal(entry, SharedEntry.Parse(entry.Format(), []));
        });

    [Theory]
    [InlineData("", new[] { 1 })]
    [InlineData("keys", new int[0])]
    [InlineData("queue 3", new[] { 1 })]
    [InlineData("socket 0", new[] { 1 })]
    [InlineData("socket 0 -1", new[] { 1 })]
    [InlineData("endpoint groups tcp%3A", new int[0])]
    [InlineData("telephone 1", new[] { 1 })]
    public void What_is_unknown_is_refused_by_showing_it(string line, int[] descriptors)
    {
        var error = Assert.Throws<InvalidDataException>(() => SharedEntry.Parse(line, descriptors));

        Assert.Contains($"'{line}'", error.Message, StringComparison.Ordinal);
    }
}
