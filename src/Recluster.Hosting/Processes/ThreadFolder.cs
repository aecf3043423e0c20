using System.Runtime.InteropServices;

namespace Recluster.Processes;

/// <summary>
/// A thread with a working directory of its own (unshare(2), CLONE_FS), which a process that it starts inherits. For glibc before 2.29, whose
/// posix_spawn cannot change the directory.
/// </summary>
internal static class ThreadFolder
{
    /// <param name="folder">Where the call runs.</param>
    /// <param name="call">Returns an error number of the system, or 0.</param>
    /// <returns>What the call returns, or why the folder cannot be changed for one thread alone.</returns>
    internal static int Run(string folder, Func<int> call)
    {
        var error = 0;
        var thread = new Thread(() => error = Native.SeparateFolder() != 0 || Native.ChangeFolder(folder) != 0 ? Marshal.GetLastPInvokeError() : call());
        thread.Start();
        thread.Join();
        return error;
    }
}
