namespace Recluster.Hosting.Tests;

public class RoleDecisionTests
{
    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerImpl";

    private static readonly RoleDecision.Facts App = new()
    {
        IsLinux = true,
        Enabled = null,
        Server = Kestrel,
        EntryAssembly = "App",
        ApplicationName = "App",
    };

    [Fact]
    public void An_app_on_Linux_under_Kestrel_becomes_the_master() => Assert.True(RoleDecision.Decide(App).IsMaster);

    [Theory]
    [InlineData(null)]
    [InlineData(true)]
    [InlineData(false)]
    public void Elsewhere_than_on_Linux_it_never_does_and_says_so_with_a_warning(bool? enabled)
    {
        var decision = RoleDecision.Decide(App with { IsLinux = false, Enabled = enabled });

        Assert.Equal(new RoleDecision(false, "clustering needs Linux", IsSurprising: true), decision);
    }

    [Fact]
    public void Switched_off_it_runs_alone()
    {
        Assert.Equal(new RoleDecision(false, "Recluster:Enabled is false"), RoleDecision.Decide(App with { Enabled = false }));
    }

    [Theory]
    [InlineData(null, "the server is made by a factory and not Kestrel")]
    [InlineData("Microsoft.AspNetCore.TestHost.TestServer", "the server is Microsoft.AspNetCore.TestHost.TestServer and not Kestrel")]
    public void Under_another_server_it_runs_alone_also_when_told_otherwise(string? server, string reason)
    {
        foreach (var enabled in new bool?[] { null, true })
        {
            Assert.Equal(new RoleDecision(false, reason), RoleDecision.Decide(App with { Server = server, Enabled = enabled }));
        }
    }

    [Theory]
    [InlineData("testhost", false)]
    [InlineData(null, false)]
    [InlineData("App", true)]
    public void Under_a_test_host_it_runs_alone_unless_told_otherwise(string? entryAssembly, bool isTestRunner)
    {
        var facts = App with { EntryAssembly = entryAssembly, IsTestRunner = isTestRunner };

        Assert.False(RoleDecision.Decide(facts).IsMaster);
        Assert.Contains($"'{entryAssembly}' and not as the app 'App'", RoleDecision.Decide(facts).Reason, StringComparison.Ordinal);
        Assert.True(RoleDecision.Decide(facts with { Enabled = true }).IsMaster);
    }

    [Fact]
    public void Under_dotnet_watch_it_runs_alone_unless_told_otherwise()
    {
        var facts = App with { IsDotnetWatch = true };

        Assert.Equal(new RoleDecision(false, "dotnet watch runs it"), RoleDecision.Decide(facts));
        Assert.True(RoleDecision.Decide(facts with { Enabled = true }).IsMaster);
    }

    [Fact]
    public void Under_a_debugger_it_runs_alone_unless_told_otherwise()
    {
        var facts = App with { IsDebugged = true };

        Assert.Equal(new RoleDecision(false, "a debugger runs it"), RoleDecision.Decide(facts));
        Assert.True(RoleDecision.Decide(facts with { Enabled = true }).IsMaster);
    }

    [Fact]
    public void Only_what_nobody_chose_is_a_surprise()
    {
        Assert.All(
            [
                App with { Enabled = false },
                App with { Server = null },
                App with { EntryAssembly = "testhost" },
                App with { IsDotnetWatch = true },
                App with { IsDebugged = true },
            ],
            facts => Assert.False(RoleDecision.Decide(facts).IsSurprising));
    }

    [Fact]
    public void The_name_of_the_server_is_that_of_Kestrel_as_it_is_registered()
    {
        var builder = Microsoft.AspNetCore.Builder.WebApplication.CreateSlimBuilder();

        var facts = RoleDecision.Observe(builder.Services, "App", enabled: null);

        Assert.Equal(Kestrel, facts.Server);
        Assert.True(facts.IsTestRunner);
        Assert.Equal(OperatingSystem.IsLinux(), facts.IsLinux);
    }
}
