using Recluster.FunctionalTests.Support;

namespace Recluster.FunctionalTests;

/// <summary>What one worker has protected, the others can read.</summary>
public class DataProtectionTests
{
    private const string SharedLine = "DataProtection has no place to keep keys: this cluster shares a key ring in memory";

    // Where DataProtection finds no place for its keys and would keep them in the memory of each process.
    private static readonly Dictionary<string, string?> Homeless = new()
    {
        ["HOME"] = "/proc/nowhere",
        ["LOCALAPPDATA"] = null,
        ["USERPROFILE"] = null,
        ["XDG_DATA_HOME"] = null,
        ["Logging__LogLevel__Microsoft.AspNetCore"] = "Error",
    };

    [Fact]
    public async Task Without_a_place_for_keys_the_cluster_shares_a_ring_for_its_life_and_says_so()
    {
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Arguments = ["--Zoo:DataProtection=true"], Environment = Homeless });

        var cookie = await ProtectAndReadAsync(cluster);
        await cluster.ReloadBySignalAsync();
        await using var slots = await SlotConnections.OpenAsync(cluster);

        Assert.Equal("secret", (await slots.RequestAsync(0, $"/unprotect?text={cookie}")).Text);
        Assert.Equal("secret", (await slots.RequestAsync(1, $"/unprotect?text={cookie}")).Text);
        Assert.NotEqual(0, cluster.Log.Count(SharedLine));
    }

    [Fact]
    public async Task Where_the_app_has_a_place_of_its_own_that_is_used()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Arguments = ["--Zoo:DataProtection=true", $"--Zoo:KeyFolder={folder.Root}"], Environment = Homeless });

        await ProtectAndReadAsync(cluster);

        Assert.NotEmpty(Directory.GetFiles(folder.Root, "key-*.xml"));
        Assert.Equal(0, cluster.Log.Count(SharedLine));
    }

    [Fact]
    public async Task What_four_workers_store_in_the_shared_ring_at_once_is_all_there_and_whole()
    {
        const int Workers = 4;
        const int Each = 500;
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Workers = Workers, Arguments = ["--Zoo:DataProtection=true"], Environment = Homeless });
        await using var slots = await SlotConnections.OpenAsync(cluster, Workers);

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(slot => slots.RequestAsync(slot, $"/keys/append?count={Each}")));

        var lines = await slots.GetAsync<string[]>(0, "/keys/lines");
        Assert.Equal(Workers * Each, lines.Distinct().Count());
        Assert.Equal(Workers * Each, lines.Length);
    }

    [Fact]
    public async Task Workers_that_find_no_key_in_the_same_moment_do_not_make_one_each()
    {
        const int Workers = 4;
        using var folder = new TemporaryFolder();
        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Workers = Workers,
            Arguments =
            [
                "--Zoo:DataProtection=true", $"--Zoo:KeyFolder={folder.Root}", $"--Zoo:KeyMeeting={Workers}",
                $"--Recluster:MaxConcurrentStarts={Workers}",
            ],
        });
        await using var slots = await SlotConnections.OpenAsync(cluster, Workers);

        var keys = await Task.WhenAll(Enumerable.Range(0, Workers).Select(slot => slots.RequestAsync(slot, "/keys/default")));

        Assert.Single(Directory.GetFiles(folder.Root, "key-*.xml"));
        Assert.Single(keys.Select(key => key.Text).Distinct());
    }

    private static async Task<string> ProtectAndReadAsync(ClusterProcess cluster)
    {
        await using var slots = await SlotConnections.OpenAsync(cluster);
        var cookie = (await slots.RequestAsync(0, "/protect?text=secret")).Text;
        Assert.Equal("secret", (await slots.RequestAsync(1, $"/unprotect?text={cookie}")).Text);
        return cookie;
    }
}
