namespace Recluster.Hosting.Tests;

public class GuestTests
{
    private const string AppStack = "   at Microsoft.Extensions.DependencyInjection.ReclusterServiceCollectionExtensions.AddRecluster()\n   at Program.Main()";

    private static readonly string[] AppAssemblies = ["System.Private.CoreLib", "App", "Microsoft.AspNetCore", "Recluster.Hosting"];

    [Fact]
    public void An_app_that_was_started_by_itself_is_no_guest() => Assert.Null(Guest.Detect(AppStack, AppAssemblies));

    [Theory]
    [InlineData("   at Microsoft.Extensions.Hosting.HostFactoryResolver.HostingListener.<CreateHost>b__11_0()")]
    [InlineData("   at Some.Tool.HostFactoryResolver.HostingListener.CreateHost()")]
    public void Whoever_runs_Program_cs_for_its_host_stands_on_the_stack(string frame)
    {
        var guest = Guest.Detect(AppStack + "\n" + frame, AppAssemblies);

        Assert.Contains("HostFactoryResolver runs its Program.cs", guest, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("testhost")] // dotnet test with VSTest
    [InlineData("xunit.core")]
    [InlineData("xunit.execution.dotnet")]
    [InlineData("xunit.v3.core")] // an executable of its own
    [InlineData("nunit.framework")]
    [InlineData("Microsoft.VisualStudio.TestPlatform.TestFramework")] // MSTest 2 and 3
    [InlineData("MSTest.TestFramework")] // MSTest 4
    [InlineData("TUnit.Core")]
    [InlineData("Microsoft.Testing.Platform")]
    [InlineData("ReSharperTestRunner")]
    [InlineData("JetBrains.ReSharper.TestRunner.Core")]
    [InlineData("nCrunch.TestRuntime.DotNetCore")]
    [InlineData("BenchmarkDotNet")]
    [InlineData("Microsoft.AspNetCore.Mvc.Testing")]
    [InlineData("Microsoft.AspNetCore.TestHost")]
    [InlineData("ef")] // dotnet ef
    [InlineData("GetDocument.Insider")] // Microsoft.Extensions.ApiDescription.Server
    [InlineData("dotnet-swagger")]
    public void A_runner_of_tests_or_a_tool_is_known_by_what_it_loads(string assembly)
    {
        var guest = Guest.Detect(AppStack, [.. AppAssemblies, assembly]);

        Assert.Equal($"a test host, benchmark or design-time tool runs it ('{assembly}' is loaded)", guest);
    }

    [Theory]
    [InlineData("xunit.assert")]
    [InlineData("MyApp.BenchmarkDotNet")]
    [InlineData("BenchmarkDotNet.Annotations")]
    [InlineData("Effective")]
    [InlineData("Microsoft.EntityFrameworkCore.Design")]
    public void What_an_app_may_load_itself_makes_it_no_guest(string assembly) =>
        Assert.Null(Guest.Detect(AppStack, [.. AppAssemblies, assembly]));

    [Fact]
    public void This_test_is_seen_as_what_it_is() => Assert.NotNull(Guest.Detect());
}
