namespace WorkerZoo;

/// <summary>What Program.cs may change of its process before it calls AddRecluster. ZOO_EARLY names them, parted by commas.</summary>
internal enum EarlyChange
{
    /// <summary>The working directory, to the folder of the app.</summary>
    Folder,

    /// <summary>The culture, to one that writes signs, fractions and times in its own way.</summary>
    Culture,

    /// <summary>The umask, to one that leaves nothing to anybody else.</summary>
    Umask,

    /// <summary>The environment, by the lines of the file ZOO_DOTENV, without overwriting what is there.</summary>
    Dotenv,

    /// <summary>socket(2) refuses AF_UNIX from now on, as under systemd with RestrictAddressFamilies=.</summary>
    NoUnixSockets,

    /// <summary>socketpair(2) does too.</summary>
    NoUnixSocketPairs,

    /// <summary>setpriority(2) kills, as under systemd with SystemCallFilter=~@resources.</summary>
    NoPriorities,

    /// <summary>A process that the master has started itself, by System.Diagnostics.Process.</summary>
    Child,
}
