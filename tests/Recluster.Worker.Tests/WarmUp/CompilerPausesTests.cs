using Microsoft.Extensions.Time.Testing;
using Recluster.Tests.Support;
using Recluster.WarmUp;

namespace Recluster.Worker.Tests.WarmUp;

public class CompilerPausesTests
{
    private const int Requests = 3;
    private const int Step = Requests * CompilerPauses.Burst;

    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(220);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task There_is_a_pause_after_each_of_four_bursts_and_none_later()
    {
        var pauses = new CompilerPauses(Requests, TimeSpan.Zero, _time);
        for (var sent = 1; sent <= 10 * Step; sent++)
        {
            var pause = pauses.AfterRequestAsync(CancellationToken.None);
            Assert.Equal(sent % Step == 0 && sent <= 4 * Step, !pause.IsCompleted);
            _time.Advance(Quiet);
            await pause.InTime();
        }
    }

    [Fact]
    public async Task All_who_send_wait_for_it_and_it_ends_with_the_token()
    {
        var pauses = new CompilerPauses(Requests, TimeSpan.FromHours(1), _time);
        using var end = new CancellationTokenSource();
        var all = Enumerable.Range(0, Step + 1).Select(_ => pauses.AfterRequestAsync(end.Token)).ToArray();

        Assert.False(all[Step - 1].IsCompleted);
        Assert.Same(all[Step - 1], all[Step]);
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => all[Step]);
    }

    [Fact]
    public async Task Haste_ends_the_pause_that_there_is_and_lets_no_other_begin()
    {
        using var haste = new CancellationTokenSource();
        var pauses = new CompilerPauses(Requests, TimeSpan.FromHours(1), _time, haste.Token);
        var all = Enumerable.Range(0, Step).Select(_ => pauses.AfterRequestAsync(CancellationToken.None)).ToArray();
        Assert.False(all[^1].IsCompleted);

        await haste.CancelAsync();

        await all[^1].InTime();
        Assert.All(Enumerable.Range(0, 3 * Step), _ => Assert.True(pauses.AfterRequestAsync(CancellationToken.None).IsCompleted));
        Assert.Equal(1, pauses.Paused);
    }
}
