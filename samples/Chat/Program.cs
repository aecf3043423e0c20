using Chat;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddRecluster(o => o.Workers = 2); // With SignalR, all connections of a client address go to one worker.
builder.Services.AddSignalR();
builder.Services.AddHostedService<Relay>();

var app = builder.Build();
app.UseReclusterWorker();
app.UseFileServer();
app.MapHub<ChatHub>("/chat");
app.Run();
