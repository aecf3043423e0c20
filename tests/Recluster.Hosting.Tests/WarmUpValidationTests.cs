using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Recluster.Hosting.Tests;

public class WarmUpValidationTests
{
    [Fact]
    public void All_mistakes_are_told_at_once_with_option_value_and_remedy()
    {
        var options = new ReclusterOptions();
        options.WarmUp.Count = 0;
        options.WarmUp.Concurrency = 101;
        options.WarmUp.TimeLimit = TimeSpan.Zero;
        options.WarmUp.Protocols = HttpProtocols.Http3;
        options.WarmUp.Paths.Add("no-slash");
        options.WarmUp.Requests.Add(new WarmUpRequest("/a b") { Method = "G T", Count = -1, Status = 99, Headers = { ["a b"] = "" } });

        var errors = new ReclusterOptionsValidator().Validate(null, options).Failures!.ToArray();

        Assert.Equal(
            [
                "Count", "Concurrency", "TimeLimit", "Protocols", "Paths:0",
                "Requests:0:Path", "Requests:0:Method", "Requests:0:Headers", "Requests:0:Count", "Requests:0:Status",
            ],
            errors.Select(error => error.Split(" = ")[0]["Recluster:WarmUp:".Length..]));
        Assert.Equal("Recluster:WarmUp:Count = 0 is out of range. Set it to a number from 1 to 100000.", errors[0]);
        Assert.Equal(
            "Recluster:WarmUp:Protocols = Http3 cannot be warmed up. Set it to Http1, Http2 or Http1AndHttp2, or leave it out.", errors[3]);
        Assert.Equal(
            "Recluster:WarmUp:Paths:0 = no-slash is no path. "
            + "Set it to a path with its query, escaped where needed, that begins with a slash.",
            errors[4]);
    }

    [Fact]
    public void What_is_allowed_is_valid()
    {
        var options = new ReclusterOptions();
        options.WarmUp.Protocols = HttpProtocols.Http1AndHttp2;
        options.WarmUp.Paths.Add("/?a=b&c=%20");
        options.WarmUp.Requests.Add(new WarmUpRequest("/") { Method = "M-SEARCH", Count = 100_000, Status = 404, Protocols = HttpProtocols.Http2 });

        Assert.True(new ReclusterOptionsValidator().Validate(null, options).Succeeded);
    }

    [Fact]
    public void The_configuration_sets_all_but_the_callback()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Recluster:WarmUp:Enabled"] = "false",
            ["Recluster:WarmUp:Count"] = "5",
            ["Recluster:WarmUp:TimeLimit"] = "00:00:07",
            ["Recluster:WarmUp:IsRequired"] = "true",
            ["Recluster:WarmUp:Protocols"] = "Http2",
            ["Recluster:WarmUp:Paths:0"] = "/b",
            ["Recluster:WarmUp:Requests:0:Path"] = "/c",
            ["Recluster:WarmUp:Requests:0:Method"] = "POST",
            ["Recluster:WarmUp:Requests:0:Body"] = "{}",
            ["Recluster:WarmUp:Requests:0:Headers:Content-Type"] = "application/json",
            ["Recluster:WarmUp:Requests:0:Status"] = "201",
        }).Build());
        services.AddRecluster(options => options.WarmUp.Paths.Add("/a"));
        using var provider = services.BuildServiceProvider();

        var warmUp = provider.GetRequiredService<IOptions<ReclusterOptions>>().Value.WarmUp;

        Assert.Equal((false, 5, TimeSpan.FromSeconds(7), true), (warmUp.Enabled, warmUp.Count, warmUp.TimeLimit, warmUp.IsRequired));
        Assert.Equal(HttpProtocols.Http2, warmUp.Protocols);
        Assert.Equal(["/b"], warmUp.Paths);
        var request = Assert.Single(warmUp.Requests);
        Assert.Equal(("/c", "POST", "{}", 201), (request.Path, request.Method, request.Body, request.Status));
        Assert.Equal("application/json", request.Headers["content-type"]);
    }
}
