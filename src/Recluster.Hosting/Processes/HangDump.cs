using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;

namespace Recluster.Processes;

/// <summary>A dump of a hung worker by the runtime's own createdump, which lies beside the runtime.</summary>
internal sealed class HangDump(string folder, IProcessLauncher launcher, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Completes when the dump is there, or cannot be had.</summary>
    internal async Task TakeAsync(int processId)
    {
        var tool = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "createdump");
        var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"recluster-hang-{processId}.dmp"));
        try
        {
            var child = launcher.Start(new ProcessStart(
                tool,
                [tool, "--withheap", "--name", file, processId.ToString(CultureInfo.InvariantCulture)],
                null,
                _ => new Dictionary<string, string>()));
            var status = await child.Exited.WaitAsync(Patience, time);
            await child.Channel.DisposeAsync();
            if (status.ExitCode == 0)
            {
                MasterLog.HangDumpWritten(logger, processId, file);
            }
            else
            {
                MasterLog.HangDumpFailed(logger, processId, string.Join(' ', child.ErrorOutput.DefaultIfEmpty($"{status}")));
            }
        }
        catch (Exception e) when (e is ProcessStartException or TimeoutException)
        {
            MasterLog.HangDumpFailed(logger, processId, e.Message);
        }
    }
}
