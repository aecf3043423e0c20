using Recluster.Processes;

namespace Recluster.Hosting.Tests.Processes;

public sealed class PosixProcessLauncherTests : ProcessLauncherContract, IDisposable
{
    private readonly PosixProcessLauncher _launcher = new(TimeProvider.System);

    public void Dispose() => _launcher.Dispose();

    private protected override IProcessLauncher Launcher => _launcher;

    private protected override ProcessStart Exits(int code) => Shell.Script($"exit {code}");

    private protected override ProcessStart DiesBy(int signal) => Shell.Script($"kill -{signal} $$");

    private protected override ProcessStart RunsUntilKilled() => Shell.Script("exec sleep 1000");

    private protected override ProcessStart EchoesItsChannel() => Shell.Script("exec cat <&$CHANNEL >&$CHANNEL");

    private protected override ProcessStart TellsVariable(
        string name, Func<int, IReadOnlyDictionary<string, string>> environment)
    {
        var script = Shell.Script($"printf '%s\\n' \"${name}\" >&$CHANNEL");
        return script with
        {
            Environment = channel =>
            {
                var variables = new Dictionary<string, string>(environment(channel));
                variables.TryAdd(Shell.Channel, channel.ToString(System.Globalization.CultureInfo.InvariantCulture));
                return variables;
            },
        };
    }

    private protected override ProcessStart WritesErrors(string text) =>
        Shell.Script($"printf '%s' '{text}' >&2; exit 1");
}
