using System.Net.Sockets;

namespace Recluster.Sockets;

/// <summary>
/// The file of a Unix domain socket that the master listens on. Clients find the socket by the file's inode, so a second name of it (a hard link
/// beside it) is enough to put the file back when somebody has removed it: mostly every worker, by the lines that samples have in Program.cs before
/// ListenUnixSocket. Owner and permissions are the inode's and stay too.
/// </summary>
internal sealed class SocketFile : IDisposable
{
    private const string Suffix = ".recluster";

    private readonly UnixFile.Identity _identity;
    private readonly string _spare;
    private readonly string? _noSpare;
    private readonly FileSystemWatcher? _watcher;
    private readonly Lock _gate = new();
    private bool _disposed;

    /// <param name="path">The file, which this process has just bound.</param>
    /// <param name="changed">Called when something happens to the file. Not called where the kernel has no more watches: then only <see cref="Check"/> sees it.</param>
    internal SocketFile(string path, Action<SocketFile> changed)
    {
        Path = path;
        _identity = UnixFile.Identify(path) ?? throw new IOException($"The socket file {path} was removed while it was being bound.");
        _spare = SpareOf(path);
        RemoveLeftover(path);
        _noSpare = UnixFile.TryLink(path, _spare);
        _watcher = Watch(path, () => changed(this));
    }

    internal enum State
    {
        /// <summary>It had been removed or replaced, and is there again.</summary>
        PutBack,

        /// <summary>Another process listens there now, or a file that is no socket is there: it is left alone.</summary>
        Taken,

        /// <summary>It cannot be put back: the socket has to be bound anew.</summary>
        Lost,
    }

    internal string Path { get; }

    /// <summary>Why it could not be put back.</summary>
    internal string? Reason { get; private set; }

    /// <summary>It was found <see cref="State.Lost"/>.</summary>
    internal bool IsLost { get; private set; }

    /// <summary>Looks whether the file is the one that was bound, and puts it back if it is gone. Null: there is nothing new to say.</summary>
    internal State? Check()
    {
        lock (_gate)
        {
            var (state, reason) = Mend();
            IsLost = state == State.Lost;
            if (reason is not null && reason == Reason)
            {
                return null;
            }

            Reason = reason;
            return state;
        }
    }

    /// <summary>Puts the file back if it is gone and that can be. False: it cannot be, or need not; <see cref="Check"/> tells.</summary>
    internal bool TryPutBack()
    {
        lock (_gate)
        {
            return Mend().State == State.PutBack;
        }
    }

    private (State? State, string? Reason) Mend()
    {
        if (_disposed || UnixFile.Identify(Path) == _identity)
        {
            return (null, null);
        }

        if (System.IO.Path.Exists(Path) && !IsDeadSocket(Path))
        {
            return (State.Taken, "another process listens on it, or it is no socket");
        }

        // In one step, also where another file is in the way.
        var fresh = _spare + "." + Environment.ProcessId;
        var error = _noSpare ?? UnixFile.TryLink(_spare, fresh) ?? UnixFile.TryRename(fresh, Path);
        if (error is null)
        {
            UnixFile.Remove(fresh); // Renaming one name of a file to another one of the same file leaves both.
            return (State.PutBack, null);
        }

        return (State.Lost, Directory.Exists(System.IO.Path.GetDirectoryName(_spare)) ? error : "its directory is gone");
    }

    /// <summary>Removes the file if it is still ours.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            if (UnixFile.Identify(Path) == _identity)
            {
                UnixFile.Remove(Path);
            }

            if (UnixFile.Identify(_spare) == _identity)
            {
                UnixFile.Remove(_spare);
            }
        }

        _watcher?.Dispose();
    }

    /// <summary>True for a socket that nobody listens on (unix(7)): its file outlives a process that was killed.</summary>
    internal static bool IsDeadSocket(string path)
    {
        // Not blocking: whoever listens there may have a full queue, and the cluster's loop must not wait for that.
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused && UnixFile.IsSocket(path);
        }
    }

    /// <summary>
    /// Removes the file of a socket that nobody listens on. It is moved aside first and looked at again, since another process may have put a
    /// socket of its own in the place meanwhile: that one is moved back.
    /// </summary>
    internal static void RemoveIfDead(string path)
    {
        if (!System.IO.Path.Exists(path) || !IsDeadSocket(path))
        {
            return;
        }

        var aside = SpareOf(path) + "." + Environment.ProcessId;
        if (UnixFile.TryRename(path, aside) is not null)
        {
            return; // Somebody else has removed it, or it cannot be removed: to bind tells.
        }

        if (!IsDeadSocket(aside))
        {
            _ = UnixFile.TryLink(aside, path);
        }

        UnixFile.Remove(aside);
    }

    private static string SpareOf(string path) =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!, "." + System.IO.Path.GetFileName(path) + Suffix);

    // Of a master that was killed: the socket that was there has just been found dead.
    private static void RemoveLeftover(string path)
    {
        if (UnixFile.IsSocket(SpareOf(path)))
        {
            UnixFile.Remove(SpareOf(path));
        }
    }

    private static FileSystemWatcher? Watch(string path, Action changed)
    {
        try
        {
            var full = System.IO.Path.GetFullPath(path);
            var watcher = new FileSystemWatcher(System.IO.Path.GetDirectoryName(full)!, System.IO.Path.GetFileName(full))
            {
                NotifyFilter = NotifyFilters.FileName,
            };
            watcher.Deleted += (_, _) => changed();
            watcher.Renamed += (_, _) => changed();
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null; // The limit of inotify instances or watches: the beats of the workers make us look.
        }
    }
}
