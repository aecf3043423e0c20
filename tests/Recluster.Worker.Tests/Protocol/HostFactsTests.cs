using Recluster.Protocol;

namespace Recluster.Worker.Tests.Protocol;

public class HostFactsTests
{
    [Theory]
    [InlineData("/srv/app/current", true)]
    [InlineData("/srv/my app/größe - 1", false)]
    [InlineData(null, true)]
    public void A_worker_reads_what_the_master_wrote(string? contentRoot, bool hasSystemdConsole)
    {
        var facts = new HostFacts(contentRoot, hasSystemdConsole);

        Assert.Equal(facts, HostFacts.Parse(facts.Format()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("one-field")]
    public void A_master_that_says_nothing_leaves_all_as_it_is(string? text) => Assert.Equal(HostFacts.None, HostFacts.Parse(text));

    [Fact]
    public void A_master_that_says_more_is_understood() => Assert.Equal(new HostFacts("/a", true), HostFacts.Parse("%2Fa systemd more"));
}
