using Recluster.Supervisor;

namespace Recluster.Hosting.Tests.Supervisor;

public class ExitHintTests
{
    [Theory]
    [InlineData("System.Net.Sockets.SocketException (98): Address already in use")]
    [InlineData("Error: listen EADDRINUSE: address already in use :::9090")]
    [InlineData("Failed to listen on prefix 'http://*:9090/' because it conflicts with an existing registration on the machine.")]
    [InlineData("Grpc.Core: AddressAlreadyInUse")]
    public void A_port_in_use_is_named_as_the_cause(string line) => AssertReason(line, "It says that an address is in use already");

    [Theory]
    [InlineData("System.IO.IOException: The process cannot access the file '/tmp/app.lock' because it is being used by another process.")]
    [InlineData("Another instance of this program is running.")]
    [InlineData("Could not acquire the lock file /run/app.pid.")]
    [InlineData("SQLite Error 5: 'database is locked'.")]
    public void A_file_or_lock_that_is_held_is_named_as_the_cause(string line) => AssertReason(line, "It says that a file or lock is held already");

    [Fact]
    public void Anything_else_gets_no_hint_and_neither_does_a_worker_that_was_ready()
    {
        Assert.Equal("", ExitHint.From(["Unhandled exception. System.InvalidOperationException: no"]));

        var cluster = ClusterDriver.Running(1);
        cluster.Exit(1, ExitStatus.Signaled(6), "Address already in use");
        Assert.DoesNotContain("It says", Assert.Single(cluster.Events<ClusterEvent.WorkerExited>()).Cause, StringComparison.Ordinal);
    }

    private static void AssertReason(string line, string expected)
    {
        var cluster = ClusterDriver.Running(1);
        cluster.Reload(1);

        cluster.Exit(2, ExitStatus.Signaled(6), "Unhandled exception.", line);

        var reason = cluster.Answer(1)!.Reason!;
        Assert.Contains("ended: signal SIGABRT", reason, StringComparison.Ordinal);
        Assert.Contains(expected, reason, StringComparison.Ordinal);
        Assert.EndsWith("or give each process its own (port 0, a name with the process id).", reason, StringComparison.Ordinal);
    }
}
