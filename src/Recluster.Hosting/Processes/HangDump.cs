using System.Globalization;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;

namespace Recluster.Processes;

/// <summary>
/// A dump of a hung worker, written by its own runtime into a folder that nobody else can foresee or enter, and moved into the folder of dumps when
/// it is complete. Neither a link laid out beforehand nor a dump that was cut off gets there.
/// </summary>
[SupportedOSPlatform("linux")]
#pragma warning disable CA1001 // Of the semaphore only what needs no disposal is used.
internal sealed class HangDump(string folder, TimeProvider time, ILogger logger) : IHangDump
#pragma warning restore CA1001
{
    /// <summary>So many dumps stay, the newest.</summary>
    internal const int MaxKept = 5;

    private const string Prefix = "recluster-hang-";
    private const string Extension = ".dmp";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // No dump takes so long. A folder that is older was left behind by a master that was killed.
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(10);

    // Several at once would all be late.
    private readonly SemaphoreSlim _oneByOne = new(1);

    public async Task TakeAsync(int processId, CancellationToken killed)
    {
        try
        {
            await _oneByOne.WaitAsync(killed);
            try
            {
                var file = await Task.Run(() => WriteAsync(processId, killed), killed);
                MasterLog.HangDumpWritten(logger, processId, file);
            }
            finally
            {
                _oneByOne.Release();
            }
        }
        catch (OperationCanceledException)
        {
            MasterLog.HangDumpFailed(logger, processId, FormattableString.Invariant(
                $"it was not complete when the worker had to be killed, after {ReclusterLimits.HangDumpTimeout.TotalSeconds} s or when the cluster stopped."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException or InvalidDataException)
        {
            MasterLog.HangDumpFailed(logger, processId, e.Message);
        }
    }

    private async Task<string> WriteAsync(int processId, CancellationToken killed)
    {
        RemoveOld(MaxKept - 1);
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"{Prefix}{processId}-{time.GetUtcNow():yyyyMMdd'T'HHmmssfff'Z'}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}");
        var own = Path.Combine(folder, name);
        Directory.CreateDirectory(own, OwnerOnly | UnixFileMode.UserExecute);
        try
        {
            var written = Path.Combine(own, name + Extension);
            await DiagnosticsPort.WriteDumpAsync(processId, written, killed);
            File.SetUnixFileMode(written, OwnerOnly);
            File.Move(written, own + Extension);
            return own + Extension;
        }
        finally
        {
            TryRemove(new DirectoryInfo(own));
        }
    }

    private void RemoveOld(int kept)
    {
        var here = new DirectoryInfo(folder);
        IEnumerable<FileSystemInfo> dumps = here.EnumerateFiles(Prefix + "*" + Extension).OrderByDescending(file => file.LastWriteTimeUtc).Skip(kept);
        var now = time.GetUtcNow().UtcDateTime;
        foreach (var old in dumps.Concat(here.EnumerateDirectories(Prefix + "*").Where(left => now - left.LastWriteTimeUtc > Stale)).ToArray())
        {
            TryRemove(old);
        }
    }

    private static void TryRemove(FileSystemInfo old)
    {
        try
        {
            if (old is DirectoryInfo folder)
            {
                folder.Delete(recursive: true);
            }
            else
            {
                old.Delete();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else's, gone meanwhile, or still being written to: the next dump looks again.
        }
    }
}
