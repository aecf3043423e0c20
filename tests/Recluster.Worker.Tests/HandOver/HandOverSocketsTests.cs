using Recluster.HandOver;

namespace Recluster.Worker.Tests.HandOver;

public class HandOverSocketsTests
{
    private const int Slots = 5;

    [Fact]
    public void There_is_a_pair_for_each_slot_and_one_board_and_all_are_given_back()
    {
        var sockets = HandOverSockets.Create(Slots, 64, out var error)!;
        Assert.Null(error);
        var all = All(sockets);
        var targets = all.Select(Target).ToArray();

        Assert.Equal(1 + (2 * Slots), all.Distinct().Count());
        Assert.StartsWith("/memfd:recluster-load", targets[0], StringComparison.Ordinal);
        Assert.All(targets.Skip(1), target => Assert.StartsWith("socket:", target, StringComparison.Ordinal));

        sockets.Dispose();

        Assert.Empty(targets.Skip(1).Intersect(all.Select(Target)));
    }

    [Fact]
    public void Growing_opens_what_is_missing_and_shrinking_closes_it_again()
    {
        using var sockets = HandOverSockets.Create(2, 64, out _)!;
        var before = All(sockets);

        Assert.Null(sockets.Grow(4));
        var grown = All(sockets);
        Assert.Null(sockets.Grow(3));
        Assert.Equal(1 + (2 * 4), grown.Distinct().Count());
        Assert.Equal(grown, All(sockets));
        sockets.Shrink(2);

        Assert.Equal(before, All(sockets));
        Assert.Equal(64, sockets.Descriptors.BoardSlots);
    }

    private static int[] All(HandOverSockets sockets) =>
        [sockets.Descriptors.Board, .. sockets.Descriptors.Receive, .. sockets.Descriptors.Send];

    private static string? Target(int descriptor) => new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget;

    [Fact]
    public void A_second_dispose_closes_nothing_of_others()
    {
        var first = HandOverSockets.Create(8, 8, out _)!;
        first.Dispose();
        using var others = HandOverSockets.Create(8, 8, out _)!; // Under the same numbers, most likely.

        first.Dispose();

        Assert.All(All(others), descriptor => Assert.NotNull(Target(descriptor)));
    }
}
