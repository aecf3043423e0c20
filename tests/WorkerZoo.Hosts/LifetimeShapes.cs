namespace WorkerZoo.Hosts;

/// <summary>Apps that bring a lifetime of their own.</summary>
internal static class LifetimeShapes
{
    internal static Dictionary<string, Func<string[], Task>> All { get; } = new()
    {
        ["run-console"] = args => Web(args).RunConsoleAsync(),
        ["console-lifetime-before"] = args => Host.CreateDefaultBuilder(args).UseConsoleLifetime()
            .ConfigureWebHostDefaults(web => web.UseStartup<Startup>()).Build().RunAsync(),
        ["console-lifetime-after"] = args => Web(args).UseConsoleLifetime().Build().RunAsync(),
        ["use-systemd"] = args => Web(args).UseSystemd().Build().RunAsync(),
        ["use-windows-service"] = args => Web(args).UseWindowsService().Build().RunAsync(),
        ["custom-lifetime"] = args => Web(args)
            .ConfigureServices(services => services.AddSingleton<IHostLifetime, OwnLifetime>()).Build().RunAsync(),
    };

    private static IHostBuilder Web(string[] args) =>
        Host.CreateDefaultBuilder(args).ConfigureWebHostDefaults(web => web.UseStartup<Startup>());

    private sealed class OwnLifetime(IHostApplicationLifetime lifetime) : IHostLifetime, IDisposable
    {
        private System.Runtime.InteropServices.PosixSignalRegistration? _registration;

        public Task WaitForStartAsync(CancellationToken cancellationToken)
        {
            Console.WriteLine($"own lifetime in pid {Environment.ProcessId}");
            _registration = System.Runtime.InteropServices.PosixSignalRegistration.Create(
                System.Runtime.InteropServices.PosixSignal.SIGTERM,
                context =>
                {
                    context.Cancel = true;
                    lifetime.StopApplication();
                });
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose() => _registration?.Dispose();
    }
}
