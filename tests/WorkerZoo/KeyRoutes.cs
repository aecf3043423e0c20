using System.Security.Claims;
using System.Xml.Linq;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace WorkerZoo;

/// <summary>
/// What tests ask of DataProtection in one worker. Zoo:DataProtection: it is there. Zoo:KeyFolder: where its keys are. Zoo:KeyMeeting=n: n workers
/// that find the ring empty wait for each other before they go on, as workers that start in the same moment. Zoo:AppName: SetApplicationName.
/// </summary>
internal static class KeyRoutes
{
    private const string Scheme = CookieAuthenticationDefaults.AuthenticationScheme;

    internal static void AddServices(WebApplicationBuilder builder)
    {
        if (!IsWanted(builder.Configuration))
        {
            return;
        }

        builder.Services.AddAuthentication(Scheme).AddCookie();
        builder.Services.AddAntiforgery();
        var keys = builder.Services.AddDataProtection();
        if (builder.Configuration["Zoo:AppName"] is { } name)
        {
            keys.SetApplicationName(name);
        }

        if (builder.Configuration["Zoo:KeyFolder"] is { } folder)
        {
            keys.PersistKeysToFileSystem(new DirectoryInfo(folder));
            if (builder.Configuration.GetValue<int?>("Zoo:KeyMeeting") is { } workers)
            {
                builder.Services.Configure<KeyManagementOptions>(options =>
                    options.XmlRepository = new MeetingRepository(new DirectoryInfo(folder), workers));
            }
        }
    }

    internal static void Map(WebApplication app)
    {
        if (!IsWanted(app.Configuration))
        {
            return;
        }

        var protector = app.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("zoo");
        app.MapGet("/protect", (string text) => protector.Protect(text));
        app.MapGet("/unprotect", (string text) => protector.Unprotect(text));

        app.MapGet("/login", (string name, HttpContext context) =>
            context.SignInAsync(new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], Scheme))));
        app.MapGet("/me", async (HttpContext context) => (await context.AuthenticateAsync(Scheme)).Principal?.Identity?.Name ?? "nobody");
        app.MapGet("/form", (HttpContext context, IAntiforgery antiforgery) => antiforgery.GetAndStoreTokens(context).RequestToken);
        app.MapPost("/form", async (HttpContext context, IAntiforgery antiforgery) =>
            await antiforgery.IsRequestValidAsync(context) ? Results.Ok() : Results.BadRequest());
        app.MapGet("/keys/discriminator", (IOptions<DataProtectionOptions> options) => Results.Json(options.Value.ApplicationDiscriminator));

        // A protected payload begins with four bytes that are always the same, then the id of its key.
        app.MapGet("/keys/default", () => new Guid(Base64UrlTextEncoder.Decode(protector.Protect("x")).AsSpan(4, 16)).ToString());
        app.MapGet("/keys/append", (int count, IOptions<KeyManagementOptions> options) =>
        {
            for (var i = 0; i < count; i++)
            {
                options.Value.XmlRepository!.StoreElement(
                    new XElement("line", new XAttribute("from", Environment.ProcessId), new XAttribute("number", i), new string('x', 800)), "");
            }
        });
        app.MapGet("/keys/lines", (IOptions<KeyManagementOptions> options) => options.Value.XmlRepository!.GetAllElements()
            .Where(element => element.Name == "line")
            .Select(element => $"{element.Attribute("from")!.Value} {element.Attribute("number")!.Value}"));
    }

    private static bool IsWanted(IConfiguration configuration) => configuration.GetValue("Zoo:DataProtection", false);
}

/// <summary>Keys in a folder; whoever reads an empty ring waits until all workers have, or for so long that no other can be under way.</summary>
internal sealed class MeetingRepository(DirectoryInfo folder, int workers) : IXmlRepository
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly FileSystemXmlRepository _files = new(folder, NullLoggerFactory.Instance);

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        var keys = _files.GetAllElements();
        if (keys.Count == 0)
        {
            File.WriteAllText(Path.Combine(folder.FullName, $"{Environment.ProcessId}.met"), "");
            SpinWait.SpinUntil(() => folder.GetFiles("*.met").Length >= workers, Patience);
        }

        return keys;
    }

    public void StoreElement(XElement element, string friendlyName) => _files.StoreElement(element, friendlyName);
}
