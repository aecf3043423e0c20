using System.Text;
using Recluster.Hosting.Tests.Support;
using Recluster.Processes;
using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Processes;

public class FakeProcessLauncherTests : ProcessLauncherContract
{
    private readonly FakeProcessLauncher _launcher = new();

    private protected override IProcessLauncher Launcher => _launcher;

    private protected override ProcessStart Exits(int code) => Program((_, _) => Task.FromResult(ExitStatus.Exited(code)));

    private protected override ProcessStart DiesBy(int signal) => Program((_, _) => Task.FromResult(ExitStatus.Signaled(signal)));

    private protected override ProcessStart RunsUntilKilled() => Program(async (child, _) =>
    {
        await child.Killed;
        return ExitStatus.Signaled(9);
    });

    private protected override ProcessStart EchoesItsChannel() => Program(async (child, _) =>
    {
        var buffer = new byte[100];
        while (await child.ChildEnd.ReadAsync(buffer) is var read and > 0)
        {
            await child.ChildEnd.WriteAsync(buffer.AsMemory(0, read));
        }

        return ExitStatus.Exited(0);
    });

    private protected override ProcessStart TellsVariable(
        string name, Func<int, IReadOnlyDictionary<string, string>> environment) =>
        Program(async (child, variables) =>
        {
            await child.ChildEnd.WriteAsync(Encoding.UTF8.GetBytes(variables.GetValueOrDefault(name) + "\n"));
            return ExitStatus.Exited(0);
        }) with
        { Environment = environment };

    private protected override ProcessStart WritesErrors(string text) => Program((child, _) =>
    {
        child.WriteError(text);
        return Task.FromResult(ExitStatus.Exited(1));
    });

    private ProcessStart Program(Func<FakeChildProcess, IReadOnlyDictionary<string, string>, Task<ExitStatus>> life) =>
        new(_launcher.Install(life), [], null, _ => new Dictionary<string, string>());
}
