using Recluster.Processes;

namespace Recluster.Hosting.Tests.Processes;

public class RuntimeDefaultsTests
{
    private const string Spinning = "ThreadPool_UnfairSemaphoreSpinLimit";

    private readonly Dictionary<string, string> _variables = [];

    [Fact]
    public void A_worker_does_not_spin_unless_somebody_wants_it_to()
    {
        RuntimeDefaults.AddTo(_variables, _ => null);

        Assert.Equal("0", _variables["DOTNET_" + Spinning]);
    }

    [Theory]
    [InlineData("DOTNET_")]
    [InlineData("COMPlus_")]
    public void What_the_environment_says_stays(string prefix)
    {
        _variables[prefix + Spinning] = "46";

        RuntimeDefaults.AddTo(_variables, _ => null);

        Assert.Equal((prefix + Spinning, "46"), (Assert.Single(_variables).Key, _variables[prefix + Spinning]));
    }

    [Fact]
    public void What_the_app_says_stays()
    {
        RuntimeDefaults.AddTo(_variables, property => property == "System.Threading.ThreadPool.UnfairSemaphoreSpinLimit" ? "70" : null);

        Assert.Empty(_variables);
    }
}
