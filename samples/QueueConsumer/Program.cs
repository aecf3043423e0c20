using QueueConsumer;

// No web server: the workers are N copies of a host that consumes a queue.
var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddRecluster(o => o.Workers = 2);
builder.Services.AddHostedService<Consumer>();

using var host = builder.Build();
host.UseReclusterWorker();
host.Run();
