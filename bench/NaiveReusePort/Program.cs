using System.Net.Sockets;
using NaiveReusePort;

// The peer without a master: each process binds the port for itself with SO_REUSEPORT.
const int SolSocket = 1;
const int SoReusePort = 15;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseSockets(options => options.CreateBoundListenSocket = endpoint =>
{
    var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
    socket.SetRawSocketOption(SolSocket, SoReusePort, BitConverter.GetBytes(1));
    socket.Bind(endpoint);
    return socket;
});

var app = builder.Build();
app.MapLoadRoutes();
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine("listening"));
app.Run();
