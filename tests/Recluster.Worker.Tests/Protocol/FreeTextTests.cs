using System.Text;
using Recluster.Protocol;

namespace Recluster.Worker.Tests.Protocol;

public class FreeTextTests
{
    [Fact]
    public void A_text_within_the_limit_stays_as_it_is()
    {
        var text = new string('x', FreeText.MaxLength);

        Assert.Same(text, FreeText.Cut(text));
    }

    [Fact]
    public void A_longer_one_is_cut_to_the_limit_and_says_so()
    {
        var cut = FreeText.Cut(new string('x', FreeText.MaxLength + 1));

        Assert.InRange(cut.Length, FreeText.MaxLength - 20, FreeText.MaxLength);
        Assert.EndsWith("x... (cut, it has 1001 characters)", cut, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    public void No_character_is_cut_in_two(string before)
    {
        var cut = FreeText.Cut(before + string.Concat(Enumerable.Repeat("😀", FreeText.MaxLength)));

        Assert.Equal(cut, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(cut)));
    }
}
