using Recluster.HandOver;

namespace Recluster.Worker.Tests.HandOver;

public class HandOverRuleTests
{
    private const int Odd = 1;
    private const int Even = 2;

    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(2, 0, true)]
    [InlineData(3, 2, false)]
    [InlineData(17, 16, false)]
    [InlineData(18, 16, false)]
    [InlineData(19, 16, true)]
    [InlineData(267, 250, false)]
    [InlineData(268, 250, true)]
    public void A_sibling_gets_it_that_has_fewer_by_two_and_a_sixteenth_of_the_mean(int mine, int other, bool passes) =>
        Assert.Equal(passes ? 1 : -1, HandOverRule.Choose([0, other], 0, mine, Odd));

    [Fact]
    public void The_one_with_the_least_gets_it_and_a_slot_that_takes_none_does_not() =>
        Assert.Equal(3, HandOverRule.Choose([5, 7, -1, 4, 6], 0, 9, Odd));

    [Fact]
    public void What_the_board_says_of_the_own_slot_does_not_count() => Assert.Equal(-1, HandOverRule.Choose([0, 8], 0, 9, Odd));

    [Fact]
    public void Equals_are_chosen_from_the_own_slot_on_so_that_not_all_choose_the_same()
    {
        Assert.Equal(2, HandOverRule.Choose([0, 0, 0, 0], 1, 5, Odd));
        Assert.Equal(0, HandOverRule.Choose([0, 0, 0, 0], 3, 5, Odd));
    }

    [Fact]
    public void A_fresh_worker_among_loaded_ones_gets_every_second_one()
    {
        Assert.Equal(1, HandOverRule.Choose([250, 0, 250], 0, 250, Odd));
        Assert.Equal(-1, HandOverRule.Choose([250, 0, 250], 0, 250, Even));
        Assert.Equal(1, HandOverRule.Choose([250, 200, 250], 0, 250, Even));
    }

    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { 0 })]
    [InlineData(new[] { 0, -1, -1 })]
    public void Alone_it_keeps_all(int[] loads) => Assert.Equal(-1, HandOverRule.Choose(loads, 0, 1000, Odd));
}
