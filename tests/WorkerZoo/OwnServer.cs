using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace WorkerZoo;

/// <summary>Zoo:OwnServer=true: the server is made by a factory, so nobody can tell what it is.</summary>
internal static class OwnServer
{
    internal static void Configure(WebApplicationBuilder builder)
    {
        if (builder.Configuration.GetValue("Zoo:OwnServer", false))
        {
            builder.Services.AddSingleton<IServer>(provider => ActivatorUtilities.CreateInstance<KestrelServer>(provider));
        }
    }
}
