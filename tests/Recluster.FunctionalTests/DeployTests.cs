using System.Net;
using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>Users stay logged in from release to release behind a "current" link, across a reload and across a restart of the master.</summary>
public sealed class DeployTests : IDisposable
{
    private const string ByShell = "cd {0}/current && exec ./WorkerZoo \"$@\"";

    private readonly TemporaryFolder _folder = new();

    public DeployTests()
    {
        foreach (var release in (string[])["1", "2", "3"])
        {
            ZooBuild.CopyTo(_folder.File($"releases/{release}"), release);
        }

        Directory.CreateDirectory(_folder.File("home"));
        File.CreateSymbolicLink(_folder.File("current"), "releases/1");
    }

    public static TheoryData<string> Commands => new()
    {
        ByShell,
        "cd {0}/current && exec {1} WorkerZoo.dll \"$@\"",

        // As systemd does: no $PWD.
        "unset PWD; cd -P {0}/current && exec env -u PWD {0}/current/WorkerZoo \"$@\"",
        "unset PWD; cd / && exec env -u PWD {1} {0}/current/WorkerZoo.dll --Zoo:RootIsProgram=true \"$@\"",
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Cookies_antiforgery_tokens_and_protected_data_outlive_a_deploy(string command)
    {
        var user = new CookieContainer();
        string text, token;
        await using (var cluster = await StartAsync(command))
        {
            (text, token) = await LogInAsync(cluster, user);
            await StayLoggedInAsync(cluster, user, text, token);
            Deploy("2");
            await cluster.ReloadBySignalAsync();
            await StayLoggedInAsync(cluster, user, text, token);
            cluster.Signal(Posix.SigTerm);
            await cluster.ExitAsync();
        }

        Deploy("3");
        await using (var restarted = await StartAsync(command))
        {
            await StayLoggedInAsync(restarted, user, text, token);
        }

        // And the same app without a cluster.
        await using var alone = ClusterProcess.Launch(Options(command) with { Arguments = ["--Zoo:DataProtection=true", "--Recluster:Enabled=false"] });
        await alone.Log.WaitForAsync("Application started");
        await StayLoggedInAsync(alone, user, text, token);
    }

    [Fact]
    public async Task Where_there_is_no_link_nothing_changes_for_the_users_of_today()
    {
        var user = new CookieContainer();
        var command = $"cd {_folder.File("releases/1")} && exec {ZooBuild.DotnetHost} WorkerZoo.dll \"$@\"";
        await using var cluster = await StartAsync(command);

        Assert.Equal(_folder.File("releases/1") + "/", await cluster.GetAsync<string>("/keys/discriminator"));
        var (text, token) = await LogInAsync(cluster, user);
        await StayLoggedInAsync(cluster, user, text, token);
    }

    [Fact]
    public async Task A_name_that_the_app_has_set_stays()
    {
        await using var cluster = await ClusterProcess.StartAsync(Options(ByShell) with
        {
            Arguments = ["--Zoo:DataProtection=true", "--Zoo:AppName=shop"],
        });

        Assert.Equal("shop", await cluster.GetAsync<string>("/keys/discriminator"));
    }

    [Fact]
    public async Task Keys_in_the_folder_of_a_release_are_warned_of()
    {
        await using var cluster = await ClusterProcess.StartAsync(Options(ByShell) with
        {
            Arguments = ["--Zoo:DataProtection=true", "--Zoo:KeyFolder=keys"],
        });

        var line = await cluster.Log.WaitForAsync("The DataProtection keys are in ");
        Assert.Contains($"{_folder.File("releases/1/keys")}, which belongs to this release", line, StringComparison.Ordinal);
    }

    private void Deploy(string release)
    {
        File.CreateSymbolicLink(_folder.File("current.new"), $"releases/{release}");
        Posix.RenameOver(_folder.File("current.new"), _folder.File("current"));
    }

    private ZooOptions Options(string command) => new()
    {
        Command = ["sh", "-c", string.Format(null, command, _folder.Root, ZooBuild.DotnetHost), "sh"],
        Arguments = ["--Zoo:DataProtection=true"],
        Environment = new Dictionary<string, string?> { ["HOME"] = _folder.File("home") },
    };

    private Task<ClusterProcess> StartAsync(string command) => ClusterProcess.StartAsync(Options(command));

    private static async Task<(string Text, string Token)> LogInAsync(ClusterProcess cluster, CookieContainer user)
    {
        using var client = Client(cluster, user);
        await client.GetStringAsync("/login?name=ann");
        return (await client.GetStringAsync("/protect?text=secret"), await client.GetStringAsync("/form"));
    }

    private static async Task StayLoggedInAsync(ClusterProcess cluster, CookieContainer user, string text, string token)
    {
        for (var i = 0; i < 4; i++)
        {
            // A connection of its own each time, and so one worker or the other.
            using var client = Client(cluster, user);
            Assert.Equal("ann", await client.GetStringAsync("/me"));
            Assert.Equal("secret", await client.GetStringAsync($"/unprotect?text={text}"));
            using var form = new FormUrlEncodedContent([new("__RequestVerificationToken", token)]);
            using var answer = await client.PostAsync("/form", form);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    private static HttpClient Client(ClusterProcess cluster, CookieContainer user)
    {
#pragma warning disable CA2000 // Disposed with the client.
        return new HttpClient(new SocketsHttpHandler { CookieContainer = user }) { BaseAddress = new Uri($"http://127.0.0.1:{cluster.Port}") };
#pragma warning restore CA2000
    }
}
