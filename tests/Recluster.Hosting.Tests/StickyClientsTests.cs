using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Recluster.Hosting.Tests;

/// <summary>Which apps need their clients to come back to the same worker, told by their services.</summary>
public class StickyClientsTests
{
    [Fact]
    public void SignalR_needs_it() => AssertDefault(Balancing.ClientAddress, services => services.AddSignalR());

    [Fact]
    public void Connection_handlers_need_it() => AssertDefault(Balancing.ClientAddress, services => services.AddConnections());

    [Fact]
    public void Blazor_Server_needs_it() => AssertDefault(Balancing.ClientAddress, services => services.AddServerSideBlazor());

    [Fact]
    public void Interactive_server_components_need_it() =>
        AssertDefault(Balancing.ClientAddress, services => services.AddRazorComponents().AddInteractiveServerComponents());

    [Fact]
    public void Static_components_and_controllers_do_not() => AssertDefault(Balancing.LeastConnections, services =>
    {
        services.AddRazorComponents();
        services.AddMvc();
    });

    [Fact]
    public void An_app_that_only_sends_through_a_backplane_does_not() =>
        AssertDefault(Balancing.LeastConnections, services => services.AddSignalRCore());

    [Fact]
    public void Azure_SignalR_does_not() => AssertDefault(Balancing.LeastConnections, services =>
    {
        services.AddSignalR();
        services.AddSingleton<Microsoft.Azure.SignalR.ServiceMarker>();
    });

    [Fact]
    public void What_the_user_has_chosen_in_code_or_configuration_counts()
    {
        Assert.Equal(Balancing.Connection, Choose(services => services.AddSignalR(), o => o.Balancing = Balancing.Connection));
        Assert.Equal(
            Balancing.LeastConnections,
            Choose(services => services.AddSignalR(), configuration: new() { ["Recluster:Balancing"] = "LeastConnections" }));
    }

    private static void AssertDefault(Balancing expected, Action<IServiceCollection> add) => Assert.Equal(expected, Choose(add));

    // The app's services come after AddRecluster.
    private static Balancing Choose(
        Action<IServiceCollection> add, Action<ReclusterOptions>? configure = null, Dictionary<string, string?>? configuration = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(configuration ?? []).Build());
        services.AddRecluster(configure);
        add(services);
        using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptions<ReclusterOptions>>().Value;
        return options.Sticky.Choose(options);
    }
}
