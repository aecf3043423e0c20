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

    private static async Task<string> ProtectAndReadAsync(ClusterProcess cluster)
    {
        await using var slots = await SlotConnections.OpenAsync(cluster);
        var cookie = (await slots.RequestAsync(0, "/protect?text=secret")).Text;
        Assert.Equal("secret", (await slots.RequestAsync(1, $"/unprotect?text={cookie}")).Text);
        return cookie;
    }
}
