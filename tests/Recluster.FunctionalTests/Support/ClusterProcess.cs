using System.Diagnostics;
using System.Text.RegularExpressions;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests.Support;

/// <summary>
/// A zoo that runs: the master and its workers as real processes. All of them carry a mark in their arguments, so that none escapes
/// the clearing up, and nothing else is ever signalled.
/// </summary>
internal sealed partial class ClusterProcess : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _mark = $"--Zoo:Test={Guid.NewGuid():N}";
    private readonly Process _process;

    private ClusterProcess(ZooOptions options)
    {
        var start = new ProcessStartInfo(options.Command[0])
        {
            WorkingDirectory = options.WorkingDirectory ?? _folder.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = options.HoldsInput,
        };
        foreach (var argument in (string[])
            [
                .. options.Command.Skip(1),
                .. options.Urls is null ? [] : (string[])["--urls", options.Urls],
                $"--Recluster:Workers={options.Workers}",
                .. options.Arguments,
                _mark,
            ])
        {
            start.ArgumentList.Add(argument);
        }

        SetEnvironment(start.Environment, options);
        _process = Process.Start(start)!;
        Log.Read(_process.StandardOutput, _process.StandardError);
    }

    internal OutputLog Log { get; } = new();

    internal int MasterPid => _process.Id;

    internal TemporaryFolder Folder => _folder;

    /// <summary>The addresses that the master says it listens on.</summary>
    internal IReadOnlyList<string> Addresses =>
        [.. Log.Lines.Select(line => ListeningLine().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];

    /// <summary>The port of the first address.</summary>
    internal int Port => PortOf(Addresses[0]);

    /// <summary>The first address, over 127.0.0.1.</summary>
    internal LoadTarget Target => LoadTarget.Loopback(Port);

    /// <summary>All processes of the cluster that live now.</summary>
    internal IReadOnlyList<int> LivingProcesses => ProcessTable.WithArgument(_mark);

    /// <summary>Starts a cluster and waits until it serves.</summary>
    internal static async Task<ClusterProcess> StartAsync(ZooOptions? options = null)
    {
        var cluster = Launch(options);
        try
        {
            await cluster.Log.WaitForAsync("Cluster started");
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a cluster and does not wait for it, as it may fail.</summary>
    internal static ClusterProcess Launch(ZooOptions? options = null) => new(options ?? new ZooOptions());

    internal static int PortOf(string address) => new Uri(address).Port;

    /// <summary>Types an empty line.</summary>
    internal Task TypeEnterAsync() => _process.StandardInput.WriteLineAsync();

    internal void Signal(int signal) => Posix.Signal(MasterPid, signal);

    /// <summary>The exit code of the master, once it has ended and every other process of the cluster has too.</summary>
    internal async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(Eventually.Limit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The master did not exit. Its output:{Environment.NewLine}{Log.Text}");
        }

        await AllGoneAsync();
        return _process.ExitCode;
    }

    /// <summary>Waits until no process of the cluster lives.</summary>
    internal async Task AllGoneAsync()
    {
        await Eventually.TrueAsync(
            () => LivingProcesses.Count == 0,
            () => $"processes {string.Join(", ", LivingProcesses)} gone. The output:{Environment.NewLine}{Log.Text}");
        await Log.Ended.WaitAsync(Eventually.Limit);
    }

    public async ValueTask DisposeAsync()
    {
        // The master first: it would start new workers.
        foreach (var processId in (int[])[MasterPid, .. LivingProcesses])
        {
            if (!_process.HasExited || processId != MasterPid)
            {
                Posix.Signal(processId, Posix.SigKill);
            }
        }

        foreach (var processId in LivingProcesses)
        {
            Posix.Signal(processId, Posix.SigKill);
        }

        await Eventually.TrueAsync(() => LivingProcesses.Count == 0, () => "no process left");
        _process.Dispose();
        _folder.Dispose();
    }

    private static void SetEnvironment(IDictionary<string, string?> environment, ZooOptions options)
    {
        // The test host's own settings are not the zoo's.
        foreach (var name in environment.Keys.Where(name =>
            name.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || name.StartsWith("DOTNET_", StringComparison.Ordinal)).ToArray())
        {
            environment.Remove(name);
        }

        environment.Remove("WORKER_ID");
        environment["DOTNET_ROOT"] = ZooBuild.DotnetRoot;
        environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        environment["Logging__LogLevel__Microsoft.AspNetCore"] = "Warning";
        environment["Recluster__WarmUp__Enabled"] = options.WarmUp.ToString();
        foreach (var (name, value) in options.Environment)
        {
            if (value is null)
            {
                environment.Remove(name);
            }
            else
            {
                environment[name] = value;
            }
        }
    }

    [GeneratedRegex(@"Now listening on: (\S+)")]
    private static partial Regex ListeningLine();
}
