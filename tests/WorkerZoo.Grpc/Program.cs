using System.Net;
using Grpc.AspNetCore.Server.Model;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using WorkerZoo.Grpc;

// A gRPC server with the real packages, over HTTP/2 without TLS.
var builder = WebApplication.CreateBuilder(args);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2));
builder.Services.AddRecluster();
builder.Services.AddGrpc();
builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<ZooService>, ZooService.Provider>());

var app = builder.Build();
app.UseReclusterWorker();
app.MapGrpcService<ZooService>();
app.MapGet("/deaf", async () =>
{
    Console.Out.WriteLine("deaf request runs");
    await Task.Delay(Timeout.Infinite);
});
app.Run();
