using System.Runtime.InteropServices;
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
    };

    [Theory]
    [InlineData(Architecture.Arm)]
    [InlineData(Architecture.X86)]
    public void A_process_of_32_bits_runs_alone_with_a_warning_whatever_is_set(Architecture architecture)
    {
        var decision = RoleDecision.Decide(App with { Architecture = architecture, Enabled = true });

        Assert.Equal(
            new RoleDecision(false, $"clustering needs an x64 or arm64 process, and this one is {architecture}", IsSurprising: true), decision);
        Assert.True(RoleDecision.Decide(App with { Architecture = Architecture.Arm64 }).IsMaster);
    }

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
            var decision = RoleDecision.Decide(App with { Server = server, Enabled = enabled });
            Assert.Equal(new RoleDecision(false, reason, IsSurprising: server is null), decision);
        }
    }

    [Fact]
    public void As_a_guest_in_another_process_it_runs_alone_unless_told_otherwise()
    {
        var facts = App with { Guest = "a test host runs it" };

        var decision = RoleDecision.Decide(facts);

        Assert.Equal((false, false), (decision.IsMaster, decision.IsSurprising));
        Assert.StartsWith("a test host runs it; set Recluster:Enabled to true if", decision.Reason, StringComparison.Ordinal);
        Assert.True(RoleDecision.Decide(facts with { Enabled = true }).IsMaster);
    }

    [Fact]
    public void Hosted_by_a_native_program_it_runs_alone_with_a_warning_unless_told_otherwise()
    {
        var facts = App with { EntryAssembly = null };

        var decision = RoleDecision.Decide(facts);

        Assert.Equal((false, true), (decision.IsMaster, decision.IsSurprising));
        Assert.Contains("a native program hosts .NET", decision.Reason, StringComparison.Ordinal);
        Assert.True(RoleDecision.Decide(facts with { Enabled = true }).IsMaster);
    }

    [Fact]
    public void The_name_of_the_entry_assembly_says_nothing() =>
        Assert.True(RoleDecision.Decide(App with { EntryAssembly = "Shop.Launcher" }).IsMaster);

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
    public void Whoever_asked_for_a_cluster_and_gets_none_is_warned_and_nobody_else()
    {
        Assert.All(
            [
                App with { Enabled = false },
                App with { Guest = "a test host runs it" },
                App with { Guest = "a test host runs it", Server = null },
                App with { Guest = "a test host runs it", EntryAssembly = null },
                App with { IsDotnetWatch = true },
                App with { IsDebugged = true },
            ],
            facts => Assert.False(RoleDecision.Decide(facts).IsSurprising));
        Assert.All(
            [App with { Server = null }, App with { Server = "Own.Server" }, App with { EntryAssembly = null }, App with { IsLinux = false }],
            facts => Assert.True(RoleDecision.Decide(facts).IsSurprising));
    }

    [Fact]
    public void With_a_container_that_makes_every_enumerable_itself_it_runs_alone_with_a_warning()
    {
        var decision = RoleDecision.Decide(App with { IsContainerFit = false, Container = "Some.Container", Enabled = true });

        Assert.False(decision.IsMaster);
        Assert.True(decision.IsSurprising);
        Assert.StartsWith("the container Some.Container does not let Recluster choose", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_KestrelServer_of_the_app_s_own_making_is_no_cluster_and_a_surprise()
    {
        var decision = RoleDecision.Decide(App with { Server = "Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServer", Enabled = true });

        Assert.False(decision.IsMaster);
        Assert.True(decision.IsSurprising);
        Assert.Contains("that the app registered itself", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_name_of_the_server_is_that_of_Kestrel_as_it_is_registered()
    {
        var builder = Microsoft.AspNetCore.Builder.WebApplication.CreateSlimBuilder();

        var facts = RoleDecision.Observe(builder.Services, "a test", enabled: null);

        Assert.Equal(Kestrel, facts.Server);
        Assert.Equal("a test", facts.Guest);
        Assert.Equal(OperatingSystem.IsLinux(), facts.IsLinux);
    }
}
