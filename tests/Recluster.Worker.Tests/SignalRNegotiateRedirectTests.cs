using System.Text;
using Microsoft.AspNetCore.Http;
using Recluster.SignalR;

namespace Recluster.Worker.Tests;

/// <summary>Where a client that negotiates with a draining worker is sent.</summary>
public class SignalRNegotiateRedirectTests
{
    [Theory]
    [InlineData("/hub/negotiate", "?negotiateVersion=1", "negotiate?negotiateVersion=1")]
    [InlineData("/chat/rooms/7/negotiate", "?room=a%20b&negotiateVersion=1", "negotiate?room=a%20b&negotiateVersion=1")]
    [InlineData("/_blazor/negotiate", "", "negotiate")]
    public async Task To_the_same_address_whatever_a_proxy_has_made_of_it(string path, string query, string location)
    {
        var context = Request(path, query);
        context.Request.PathBase = "/base";

        await NegotiateRedirect.AnswerAsync(context);

        Assert.Equal((307, location), (context.Response.StatusCode, context.Response.Headers.Location.ToString()));
    }

    [Fact]
    public async Task With_a_token_in_SignalRs_own_way_because_HttpClient_drops_it_on_a_redirect()
    {
        var context = Request("/hub/negotiate", "?room=a%20b&negotiateVersion=1&useStatefulReconnect=true");
        context.Request.PathBase = "/base";
        context.Request.Headers.Authorization = "Bearer the-token";

        await NegotiateRedirect.AnswerAsync(context);

        Assert.Equal(200, context.Response.StatusCode);
        Assert.Equal("""{"url":"http://app:5000/base/hub?room=a%20b"}""", Body(context));
    }

    [Fact]
    public async Task With_a_token_behind_a_proxy_to_what_the_client_has_asked_the_proxy_for()
    {
        var context = Request("/hub/negotiate", "");
        context.Request.Headers.Authorization = "Bearer the-token";
        context.Request.Headers["X-Forwarded-Proto"] = "https, http";
        context.Request.Headers["X-Forwarded-Host"] = "example.org";
        context.Request.Headers["X-Forwarded-Prefix"] = "/shop/";

        await NegotiateRedirect.AnswerAsync(context);

        Assert.Equal("""{"url":"https://example.org/shop/hub"}""", Body(context));
    }

    [Fact]
    public async Task A_browser_keeps_its_token_on_a_redirect()
    {
        var context = Request("/hub/negotiate", "");
        context.Request.Headers.Authorization = "Bearer the-token";
        context.Request.Headers.Origin = "https://example.org";

        await NegotiateRedirect.AnswerAsync(context);

        Assert.Equal(307, context.Response.StatusCode);
    }

    private static DefaultHttpContext Request(string path, string query)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "POST";
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("app:5000");
        context.Request.Path = path;
        context.Request.QueryString = new QueryString(query);
        context.Response.Body = new MemoryStream();
        return context;
    }

    private static string Body(HttpContext context) => Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray());
}
