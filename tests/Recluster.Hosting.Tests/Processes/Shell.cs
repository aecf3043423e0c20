using System.Globalization;
using Recluster.Processes;

namespace Recluster.Hosting.Tests.Processes;

/// <summary>Programs for the real launcher. bash, because a plain sh knows no descriptor above 9.</summary>
internal static class Shell
{
    internal const string Path = "/bin/bash";

    /// <summary>The variable that tells a script its channel's number.</summary>
    internal const string Channel = "CHANNEL";

    internal static ProcessStart Script(string text) => new(
        Path,
        ["bash", "--norc", "--noprofile", "-c", text],
        null,
        channel => new Dictionary<string, string>
        {
            [Channel] = channel.ToString(CultureInfo.InvariantCulture),
            ["PATH"] = "/usr/bin:/bin",
            ["LC_ALL"] = "C.UTF-8",
        });
}
