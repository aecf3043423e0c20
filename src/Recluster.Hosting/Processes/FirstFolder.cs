using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Recluster.Lifecycle;

namespace Recluster.Processes;

/// <summary>
/// The folder this process was in when Recluster was loaded. The kernel does not record where a process was started, and Program.cs may
/// change the folder before it calls AddRecluster. The runtime loads this assembly when it compiles the method that mentions it, which
/// for the usual Program.cs is before the first line runs.
/// </summary>
internal static class FirstFolder
{
    internal static string Path { get; private set; } = "/";

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255:The 'ModuleInitializer' attribute should not be used in libraries", Justification = "No later moment is early enough.")]
    internal static void Record()
    {
        EarlyStart.Begin(); // A worker's Program.cs may mention this assembly alone.
        try
        {
            Path = Environment.CurrentDirectory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder has been removed or may not be entered. That must not keep the app from starting.
        }
    }
}
