using System.Diagnostics;

namespace Recluster.FunctionalTests.Support;

/// <summary>An interactive shell with job control on a terminal of its own, made by script(1).</summary>
internal sealed class TerminalSession : IAsyncDisposable
{
    private readonly string _mark = $"--Zoo:Test={Guid.NewGuid():N}";
    private readonly Process _process;

    internal TerminalSession()
    {
        var start = new ProcessStartInfo("script", ["-qfec", "bash --norc --noprofile -i", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["TERM"] = "dumb";
        start.Environment["DOTNET_ROOT"] = ZooBuild.DotnetRoot;
        _process = Process.Start(start)!;
        Log.Read(_process.StandardOutput, _process.StandardError);
    }

    internal OutputLog Log { get; } = new();

    /// <summary>The processes of the zoo that live now; the master is the one that has no other as its parent.</summary>
    internal IReadOnlyList<int> Zoo => ProcessTable.WithArgument(_mark);

    internal int MasterPid => Zoo.Single(processId => !Zoo.Contains(ProcessTable.ParentOf(processId)));

    /// <summary>Starts the zoo in a working folder of its own and waits until it serves.</summary>
    internal async Task StartZooAsync(string suffix = "")
    {
        await TypeAsync("export ASPNETCORE_ENVIRONMENT=Production Recluster__WarmUp__Enabled=false\n");
        await TypeAsync($"{ZooBuild.DotnetHost} {ZooBuild.Folder}/{ZooBuild.Name}.dll --urls http://127.0.0.1:0 --Recluster:Workers=2 {_mark} {suffix}\n");
        await Log.WaitForAsync("Cluster started");
    }

    internal async Task TypeAsync(string keys)
    {
        await _process.StandardInput.WriteAsync(keys);
        await _process.StandardInput.FlushAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var processId in Zoo)
        {
            Posix.Signal(processId, Posix.SigKill);
        }

        _process.StandardInput.Close();
        Posix.Signal(_process.Id, Posix.SigKill);
        await _process.WaitForExitAsync();
        foreach (var processId in Zoo)
        {
            Posix.Signal(processId, Posix.SigKill);
        }

        await Eventually.TrueAsync(() => Zoo.Count == 0, () => "no process left");
        _process.Dispose();
    }
}
