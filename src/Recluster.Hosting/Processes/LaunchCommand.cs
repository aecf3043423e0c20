using System.Runtime.InteropServices;
using System.Text;

namespace Recluster.Processes;

/// <summary>
/// How this process was started, as it was typed: workers are started in the same way. Paths are looked up again at every
/// start and symlinks are not resolved, so a deploy that switches a <c>current</c> link reaches the workers.
/// (Environment.ProcessPath and GetCommandLineArgs()[0] are resolved once and would not.)
/// </summary>
internal sealed record LaunchCommand(string Program, IReadOnlyList<string> Arguments, string WorkingDirectory)
{
    private const int Executable = 1;

    /// <summary>To be called at start, before the app changes its working directory.</summary>
    internal static LaunchCommand OfThisProcess()
    {
        var line = File.ReadAllBytes("/proc/self/cmdline"); // Each argument is ended by NUL; an empty one may be the last.
        var arguments = Encoding.UTF8.GetString(line.AsSpan(..^1)).Split('\0');
        var command = new LaunchCommand(arguments[0], arguments, LogicalWorkingDirectory());

        // argv[0] is a convention: whoever started us may have put anything there.
        var own = Environment.ProcessPath ?? File.ResolveLinkTarget("/proc/self/exe", returnFinalTarget: false)!.FullName;
        return command.TryResolve(out var path) && RealPath(path) == RealPath(own) ? command : command with { Program = own };
    }

    /// <summary>This command with what the options change of it.</summary>
    internal LaunchCommand With(ReclusterOptions options)
    {
        var program = options.WorkerExecutable ?? Program;
        var directory = options.WorkerWorkingDirectory is { } folder ? Path.Combine(WorkingDirectory, folder) : WorkingDirectory;
        IEnumerable<string> arguments = Arguments;
        if (options.WorkerArguments is { } own)
        {
            // "dotnet App.dll": the DLL is part of what is started, not of what it is told.
            var isHosted = options.WorkerExecutable is null && Arguments.Count > 1 && Path.GetFileName(Arguments[0]) == "dotnet";
            arguments = [.. options.AppendWorkerArguments ? Arguments : Arguments.Take(isHosted ? 2 : 1), .. own];
        }

        return new LaunchCommand(program, [options.WorkerExecutable ?? Arguments[0], .. arguments.Skip(1)], directory);
    }

    /// <summary>The executable as it is found now.</summary>
    /// <exception cref="ProcessStartException">It is not there any more.</exception>
    internal string Resolve() => TryResolve(out var path)
        ? path
        : throw new ProcessStartException($"'{Program}' is not an executable file (looked for from '{WorkingDirectory}' and in PATH).");

    private bool TryResolve(out string path)
    {
        if (Program.Contains('/'))
        {
            path = Path.Combine(WorkingDirectory, Program);
            return Native.Access(path, Executable) == 0;
        }

        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            path = Path.Combine(WorkingDirectory, folder, Program);
            if (File.Exists(path) && Native.Access(path, Executable) == 0)
            {
                return true;
            }
        }

        path = "";
        return false;
    }

    /// <summary>$PWD keeps the symlinks that the shell went through; it counts while it still names the folder we are in.</summary>
    private static string LogicalWorkingDirectory()
    {
        var physical = Environment.CurrentDirectory;
        var logical = Environment.GetEnvironmentVariable("PWD");
        return logical is not null && Path.IsPathRooted(logical) && RealPath(logical) == RealPath(physical) ? logical : physical;
    }

    private static string? RealPath(string path)
    {
        var resolved = Native.RealPath(path, 0);
        if (resolved == 0)
        {
            return null;
        }

        var text = Marshal.PtrToStringUTF8(resolved);
        Native.Free(resolved);
        return text;
    }
}
