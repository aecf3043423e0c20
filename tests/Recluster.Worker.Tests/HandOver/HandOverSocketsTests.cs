using Recluster.HandOver;

namespace Recluster.Worker.Tests.HandOver;

public class HandOverSocketsTests
{
    private const int Slots = 5;

    [Fact]
    public void There_is_a_pair_for_each_slot_and_one_board_and_all_are_given_back()
    {
        var sockets = HandOverSockets.Create(Slots, out var error)!;
        Assert.Null(error);
        var all = sockets.Descriptors.All.ToArray();
        var targets = all.Select(Target).ToArray();

        Assert.Equal(1 + (2 * Slots), all.Distinct().Count());
        Assert.StartsWith("/memfd:recluster-load", targets[0], StringComparison.Ordinal);
        Assert.All(targets.Skip(1), target => Assert.StartsWith("socket:", target, StringComparison.Ordinal));

        sockets.Dispose();

        Assert.Empty(targets.Skip(1).Intersect(all.Select(Target)));
    }

    private static string? Target(int descriptor) => new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget;

    [Fact]
    public void A_second_dispose_closes_nothing_of_others()
    {
        var first = HandOverSockets.Create(8, out _)!;
        first.Dispose();
        using var others = HandOverSockets.Create(8, out _)!; // Under the same numbers, most likely.

        first.Dispose();

        Assert.All(others.Descriptors.All, descriptor => Assert.NotNull(Target(descriptor)));
    }
}
