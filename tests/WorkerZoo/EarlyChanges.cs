using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Recluster;

namespace WorkerZoo;

/// <summary>Applied by the first line of Program.cs.</summary>
internal static partial class EarlyChanges
{
    internal static void Apply()
    {
        var names = Environment.GetEnvironmentVariable("ZOO_EARLY") ?? "";
        foreach (var name in names.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            Apply(Enum.Parse<EarlyChange>(name));
        }
    }

    private static void Apply(EarlyChange change)
    {
        switch (change)
        {
            case EarlyChange.Folder:
                Directory.SetCurrentDirectory(AppContext.BaseDirectory);
                break;
            case EarlyChange.Culture:
                // Made up, since a machine without ICU has no other than the invariant one.
                var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
                (culture.NumberFormat.NegativeSign, culture.NumberFormat.NumberDecimalSeparator) = ("~", "_");
                (culture.DateTimeFormat.TimeSeparator, culture.DateTimeFormat.DateSeparator) = ("'", "!");
                CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = culture;
                break;
            case EarlyChange.Umask:
                _ = Umask(0b111_111);
                break;
            case EarlyChange.Dotenv:
                foreach (var pair in File.ReadLines(Environment.GetEnvironmentVariable("ZOO_DOTENV")!).Select(line => line.Split('=', 2)))
                {
                    Environment.SetEnvironmentVariable(pair[0], Environment.GetEnvironmentVariable(pair[0]) ?? pair[1]);
                }

                break;
            case EarlyChange.NoUnixSockets:
                SystemCallFilter.Install(SystemCallFilter.Refuse(SystemCallFilter.Socket));
                break;
            case EarlyChange.NoUnixSocketPairs:
                SystemCallFilter.Install(SystemCallFilter.Refuse(SystemCallFilter.SocketPair));
                break;
            case EarlyChange.NoPriorities:
                SystemCallFilter.Install(SystemCallFilter.KillFor(SystemCallFilter.SetPriority));
                break;
            case EarlyChange.Child when !ReclusterProcess.IsWorker:
                var child = Process.Start("sh", ["-c", "sleep 1; exit 7"]);
                _ = child.WaitForExitAsync().ContinueWith(_ => Console.WriteLine($"own child ended with {child.ExitCode}"), TaskScheduler.Default);
                break;
        }
    }

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint Umask(uint mask);
}
