using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace WorkerZoo;

/// <summary>
/// The worker's end of the control channel, for breaking it behind the library's back. The library removes its number from the environment when
/// it is loaded, so it is noted before.
/// </summary>
internal sealed unsafe partial class ControlChannel
{
    private const int ForWriting = 1;

    private readonly int _descriptor;

    private ControlChannel(int descriptor) => _descriptor = descriptor;

    internal static ControlChannel OfThisProcess { get; private set; } = new(-1);

    internal static void Note()
    {
        var fields = (Environment.GetEnvironmentVariable("RECLUSTER_WORKER") ?? "").Split(' ');
        OfThisProcess = new ControlChannel(fields.Length > 5 ? int.Parse(fields[5], CultureInfo.InvariantCulture) : -1);
    }

    /// <summary>Sends a frame of the worker's choice.</summary>
    internal void Say(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        fixed (byte* first = bytes)
        {
            _ = Write(_descriptor, first, (nuint)bytes.Length);
        }
    }

    /// <summary>The master reads end-of-file, though this process lives on.</summary>
    internal void Mute() => _ = Shutdown(_descriptor, ForWriting);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int descriptor, byte* bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    private static partial int Shutdown(int descriptor, int how);
}
