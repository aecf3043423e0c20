namespace Recluster.Processes;

/// <summary>
/// How this process was started, as it was typed: workers are started in the same way. Symlinks are not resolved, so a deploy that switches a
/// <c>current</c> link reaches the next generation (<see cref="Pin"/>).
/// (Environment.ProcessPath and GetCommandLineArgs()[0] are resolved once and would not.)
/// </summary>
internal sealed record LaunchCommand(string Program, IReadOnlyList<string> Arguments, string WorkingDirectory)
{
    private const int Executable = 1;

    /// <summary>How many of the arguments are the program: one, or with "dotnet [options] App.dll" all up to the DLL.</summary>
    internal int ProgramArguments { get; init; } = 1;

    /// <summary>The variables that this process was started with.</summary>
    internal IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>What the working directory was taken from, in words.</summary>
    internal string Source { get; init; } = "";

    /// <summary>A link whose switch moves the program or the release, but not the working directory.</summary>
    internal string? UnfollowedLink { get; init; }

    /// <summary>Where to start instead if the working directory is not there. Null: nowhere.</summary>
    internal string? OtherDirectory { get; init; }

    /// <summary>What names the app: its DLL, or the program itself.</summary>
    internal string App => ProgramArguments > 1 ? Arguments[ProgramArguments - 1] : Program;

    internal static LaunchCommand OfThisProcess() => From(ProcessOrigin.OfThisProcess());

    internal static LaunchCommand From(ProcessOrigin origin)
    {
        var program = TypedProgram(origin);
        var count = Math.Clamp(origin.Arguments.Count - origin.AppArguments, 1, origin.Arguments.Count);
        var files = new List<TypedFile> { program };
        if (origin.EntryAssembly is { } assembly && count > 1)
        {
            files.Add(new TypedFile(origin.Arguments[count - 1], LinkedPath.Real(assembly) ?? assembly));
        }

        var folder = StartFolder.Find(origin, files);
        var command = new LaunchCommand(program.Typed, origin.Arguments, folder.Path)
        {
            ProgramArguments = files.Count > 1 ? count : 1,
            Environment = origin.Environment,
            Source = folder.Source,
            UnfollowedLink = folder.UnfollowedLink,
            OtherDirectory = folder.Otherwise,
        };
        return command.Map(file => files.First(one => one.Typed == file) is var one && one.IsAt(folder.Path) ? file : one.Real);
    }

    /// <summary>This command with what the options change of it.</summary>
    internal LaunchCommand With(ReclusterOptions options)
    {
        var command = options.WorkerWorkingDirectory is { } folder ? In(Path.Combine(WorkingDirectory, folder)) : this;
        if (options.WorkerArguments is { } own)
        {
            var kept = options.AppendWorkerArguments ? command.Arguments.Count : options.WorkerExecutable is null ? ProgramArguments : 1;
            command = command with { Arguments = [.. command.Arguments.Take(kept), .. own], ProgramArguments = Math.Min(kept, ProgramArguments) };
        }

        return options.WorkerExecutable is { } executable
            ? command with { Program = executable, Arguments = [executable, .. command.Arguments.Skip(1)] }
            : command;
    }

    /// <summary>The executable and the working directory as they are found now.</summary>
    /// <exception cref="ProcessStartException">One of them is not there any more.</exception>
    internal (string Program, string WorkingDirectory) Resolve()
    {
        var directory = Directory.Exists(WorkingDirectory) ? WorkingDirectory : OtherDirectory;
        if (!Directory.Exists(directory))
        {
            throw new ProcessStartException(
                $"the folder '{WorkingDirectory}' that workers start in does not exist. If a deploy removes it, start the app through a link "
                + $"that the deploy switches, or name a folder that stays in {ReclusterOptions.SectionName}:{nameof(ReclusterOptions.WorkerWorkingDirectory)}.");
        }

        return TryResolve(Program, directory, Environment, out var path)
            ? (path, directory)
            : throw new ProcessStartException($"'{Program}' is not an executable file (looked for from '{directory}' and in PATH).");
    }

    /// <summary>This command with all links of executable, DLL and working directory resolved as they lead now.</summary>
    /// <exception cref="ProcessStartException">The executable or the working directory is not there.</exception>
    internal LaunchCommand Pin()
    {
        var (program, typedDirectory) = Resolve();
        var directory = LinkedPath.Real(typedDirectory) ?? typedDirectory;
        var real = LinkedPath.Real(program) ?? program;
        var arguments = Arguments.ToArray();
        if (ProgramArguments > 1)
        {
            var assembly = Path.Combine(directory, arguments[ProgramArguments - 1]);
            arguments[ProgramArguments - 1] = LinkedPath.Real(assembly) ?? assembly;
        }

        return this with { Program = real, Arguments = arguments, WorkingDirectory = directory, OtherDirectory = null };
    }

    /// <summary>This pinned command with executable and DLL in a copy of the folder that they are in. The working directory stays.</summary>
    internal LaunchCommand Moved(string folder, string copy) =>
        Map(path => LinkedPath.IsIn(path, folder) ? Path.Combine(copy, Path.GetRelativePath(folder, path)) : path);

    /// <summary>Relative paths of the program stay relative where they lead to a file from the other folder too.</summary>
    private LaunchCommand In(string folder)
    {
        var moved = this with { WorkingDirectory = folder, Source = nameof(ReclusterOptions.WorkerWorkingDirectory), UnfollowedLink = null, OtherDirectory = null };
        return moved.Map(file => File.Exists(Path.Combine(folder, file)) ? file : Path.Combine(WorkingDirectory, file));
    }

    private LaunchCommand Map(Func<string, string> map)
    {
        var arguments = Arguments.ToArray();
        if (ProgramArguments > 1)
        {
            arguments[ProgramArguments - 1] = map(arguments[ProgramArguments - 1]);
        }

        return this with { Program = Program.Contains('/') ? map(Program) : Program, Arguments = arguments };
    }

    /// <summary>
    /// The program as it was called. The kernel kept the path; the first argument is a convention, and whoever started us may have put
    /// anything there.
    /// </summary>
    private static TypedFile TypedProgram(ProcessOrigin origin)
    {
        var real = LinkedPath.Real(origin.Executable) ?? origin.Executable;
        foreach (var typed in (string?[])[origin.CalledAs, origin.Arguments[0]])
        {
            if (typed is null)
            {
                continue;
            }

            foreach (var folder in (string?[])
                [origin.Folder, origin.Environment.GetValueOrDefault("PWD"), origin.ParentFolder, new TypedFile(typed, real).Above()])
            {
                if (folder is ['/', ..] && TryResolve(typed, folder, origin.Environment, out var path) && LinkedPath.Real(path) == real)
                {
                    return new TypedFile(typed.Contains('/') ? typed : path, real);
                }
            }
        }

        return new TypedFile(real, real);
    }

    private static bool TryResolve(string program, string folder, IReadOnlyDictionary<string, string> environment, out string path)
    {
        if (program.Contains('/'))
        {
            path = Path.Combine(folder, program);
            return Native.Access(path, Executable) == 0;
        }

        foreach (var place in environment.GetValueOrDefault("PATH", "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            path = Path.Combine(folder, place, program);
            if (File.Exists(path) && Native.Access(path, Executable) == 0)
            {
                return true;
            }
        }

        path = "";
        return false;
    }
}
