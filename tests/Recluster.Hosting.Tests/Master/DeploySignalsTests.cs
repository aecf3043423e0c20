using System.Runtime.InteropServices;
using Recluster.Master;

namespace Recluster.Hosting.Tests.Master;

/// <summary>Who answers a signal. That the process takes them is a matter of real processes.</summary>
public class DeploySignalsTests
{
    private readonly DeploySignals _signals = new();
    private readonly List<string> _answers = [];

    [Fact]
    public void A_signal_before_the_host_has_started_waits_for_it()
    {
        _signals.Receive(DeploySignals.UserSignal2);
        _signals.Receive(PosixSignal.SIGTTIN);

        using var answering = AnswerAs("master", isCluster: true);

        Assert.Equal(["master SIGUSR2", "master SIGTTIN"], _answers);
    }

    [Fact]
    public void A_cluster_answers_before_a_host_without_one_whichever_came_first()
    {
        using var single = AnswerAs("single", isCluster: false);
        using var master = AnswerAs("master", isCluster: true);

        _signals.Receive(PosixSignal.SIGTTOU);

        Assert.Equal(["master SIGTTOU"], _answers);
    }

    [Fact]
    public void After_the_last_host_a_signal_does_nothing_and_does_not_wait_for_another()
    {
        AnswerAs("first", isCluster: false).Dispose();
        _signals.Receive(PosixSignal.SIGHUP);

        using var second = AnswerAs("second", isCluster: false);

        Assert.Empty(_answers);
    }

    private IDisposable AnswerAs(string who, bool isCluster) =>
        _signals.Answer(isCluster, signal => _answers.Add($"{who} {DeploySignals.NameOf(signal)}"));
}
