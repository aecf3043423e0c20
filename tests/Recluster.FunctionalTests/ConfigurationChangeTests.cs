using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>appsettings.json is saved while the cluster runs: nothing changes under a running worker, and a reload brings the change in.</summary>
[Collection(LoadCollection.Name)]
public sealed class ConfigurationChangeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_changed_port_is_left_alone_until_the_reload_moves_to_it_without_a_failed_request()
    {
        var (first, second) = (FreePort(), FreePort());
        await using var cluster = await StartAsync(Settings("one", first));
        await using var load = Load(first);

        await SaveAsync(cluster, "two", first, Settings("two", second));
        await load.MoreAnsweredAsync(500).WaitAsync(Eventually.Limit);
        Assert.Equal([1, 1], (await cluster.AllSlotsAsync(target: LoadTarget.Loopback(first))).Values.Select(who => who.Generation));
        await AssertRefusedAsync(second);
        await cluster.Log.WaitForAsync("Endpoints and certificates (Kestrel, urls) stay as they are; a reload brings the change in.");
        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());

        await using var kept = await HttpConnection.OpenAsync(LoadTarget.Loopback(first), Eventually.Limit);
        Assert.Equal(200, (await kept.SendAsync("/", Eventually.Limit)).Status);
        await cluster.ReloadBySignalAsync();

        Assert.Equal([2, 2], (await cluster.AllSlotsAsync(target: LoadTarget.Loopback(second))).Values.Select(who => who.Generation));
        Assert.Equal(200, (await kept.SendAsync("/", Eventually.Limit)).Status);
        await AssertRefusedAsync(first);
        await cluster.Log.WaitForAsync($"Endpoint added: 127.0.0.1:{second}");
        await cluster.Log.WaitForAsync($"Endpoint given up: 127.0.0.1:{first}");
    }

    [Fact]
    public async Task An_added_endpoint_comes_with_the_reload_and_a_removed_one_goes_with_the_next()
    {
        var (first, second) = (FreePort(), FreePort());
        await using var cluster = await StartAsync(Settings("one", first));
        await using var load = Load(first);

        await SaveAsync(cluster, "two", first, Settings("two", first, second));
        await cluster.ReloadBySignalAsync();
        await cluster.AllSlotsAsync(target: LoadTarget.Loopback(second));

        await SaveAsync(cluster, "three", first, Settings("three", first));
        await cluster.ReloadBySignalAsync();
        await AssertRefusedAsync(second);

        await SaveAsync(cluster, "four", first, Settings("four", second, first));
        await cluster.ReloadBySignalAsync();
        Assert.Equal([4, 4], (await cluster.AllSlotsAsync(target: LoadTarget.Loopback(second))).Values.Select(who => who.Generation));

        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);
        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
    }

    [Fact]
    public async Task An_endpoint_is_removed_under_load_without_a_connection_that_is_accepted_and_not_answered()
    {
        var (first, second) = (FreePort(), FreePort());
        await using var cluster = await StartAsync(Settings("one", first, second));
        await using var load = LoadRun.Start(
            new LoadOptions { Target = LoadTarget.Loopback(second), Mode = LoadMode.ConnectionPerRequest, Clients = 8 });
        await load.MoreAnsweredAsync(200).WaitAsync(Eventually.Limit);

        await SaveAsync(cluster, "two", first, Settings("two", first));
        await cluster.ReloadBySignalAsync();

        await Eventually.TrueAsync(() => load.Report[Outcome.Refused] > 0, () => "refused");
        var report = await load.StopAsync();
        Assert.True(report.Failed == report[Outcome.Refused], report.ToString());
    }

    [Fact]
    public async Task A_build_that_listens_on_one_endpoint_fewer_gives_it_up_when_it_takes_over()
    {
        await using var cluster = await ClusterProcess.StartAsync(
            new() { Urls = "http://127.0.0.1:0;http://127.0.0.1:0", Arguments = ["--Zoo:Vice=DropsAnEndpoint", "--Zoo:ViceFrom=2"] });
        await cluster.AllSlotsAsync(target: LoadTarget.Loopback(ClusterProcess.PortOf(cluster.Addresses[1])));

        await cluster.ReloadBySignalAsync();

        await cluster.AllSlotsAsync();
        await AssertRefusedAsync(ClusterProcess.PortOf(cluster.Addresses[1]));
    }

    [Fact]
    public async Task A_port_that_is_taken_rolls_the_reload_back_with_the_reason_and_the_old_generation_serves()
    {
        var first = FreePort();
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        stranger.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        stranger.Listen();
        var taken = ((IPEndPoint)stranger.LocalEndPoint!).Port;
        await using var cluster = await StartAsync(Settings("one", first));
        await using var load = Load(first);

        await SaveAsync(cluster, "two", first, Settings("two", taken));
        var result = (await cluster.ReloadAsync(LoadTarget.Loopback(first))).Result;

        Assert.Equal(ReloadStatus.RolledBack, result.Status);
        Assert.Contains($"The address 127.0.0.1:{taken} is taken by another process", result.Reason, StringComparison.Ordinal);
        Assert.Contains("choose another port in --urls, ASPNETCORE_URLS or Kestrel:Endpoints", result.Reason, StringComparison.Ordinal);
        Assert.Equal([1, 1], (await cluster.AllSlotsAsync(target: LoadTarget.Loopback(first))).Values.Select(who => who.Generation));
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);
        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
    }

    [Fact]
    public async Task What_a_rolled_back_generation_had_asked_for_is_given_back()
    {
        var (first, second) = (FreePort(), FreePort());
        await using var cluster = await StartAsync(Settings("one", first), $"--Zoo:ViceFile={_folder.File("vice")}");
        await File.WriteAllTextAsync(_folder.File("vice"), "DiesInStandby");

        await SaveAsync(cluster, "two", first, Settings("two", second));
        await cluster.ReloadBySignalAsync("Reload rolled back");

        await cluster.AllSlotsAsync(target: LoadTarget.Loopback(first));
        await cluster.Log.WaitForAsync($"Endpoint given up: 127.0.0.1:{second}");
        await Eventually.GetAsync(async () => await IsRefusedAsync(second) ? "yes" : null, () => "refused");
    }

    [Fact]
    public async Task A_worker_that_dies_after_the_change_is_refused_with_the_reason_and_a_reload_mends_it()
    {
        var (first, second) = (FreePort(), FreePort());
        await using var cluster = await StartAsync(Settings("one", first));
        await SaveAsync(cluster, "two", first, Settings("two", second));

        Posix.Signal((await cluster.AllSlotsAsync(target: LoadTarget.Loopback(first)))[1].Pid, Posix.SigKill);
        await cluster.Log.WaitForAsync(
            $"killed, it asks for the endpoint 127.0.0.1:{second} (Kestrel:Endpoints, --urls or ASPNETCORE_URLS, or ConfigureKestrel), "
            + "which generation 1 does not listen on; the configuration or the build has changed since: a reload brings the change in");
        Assert.Equal(0, (await cluster.WhoAsync(LoadTarget.Loopback(first))).Slot);

        await cluster.ReloadBySignalAsync();
        await cluster.AllSlotsAsync(target: LoadTarget.Loopback(second));
    }

    [Fact]
    public async Task When_nobody_is_left_that_could_go_on_with_the_old_endpoints_the_cluster_reloads_by_itself()
    {
        var (first, second) = (FreePort(), FreePort());
        await using var cluster = await StartAsync(Settings("one", first), "--Recluster:Workers=1");
        await SaveAsync(cluster, "two", first, Settings("two", second), workers: 1);

        Posix.Signal((await cluster.WhoAsync(LoadTarget.Loopback(first))).Pid, Posix.SigKill);

        await cluster.Log.WaitForAsync("Reload done");
        Assert.Equal(2, (await cluster.WhoAsync(LoadTarget.Loopback(second))).Generation);
    }

    [Fact]
    public async Task Slot_by_slot_a_changed_port_is_refused_with_the_reason()
    {
        var (first, second) = (FreePort(), FreePort());
        await using var cluster = await StartAsync(Settings("one", first), "--Recluster:MaxSurge=1");
        await SaveAsync(cluster, "two", first, Settings("two", second));

        var result = (await cluster.ReloadAsync(LoadTarget.Loopback(first))).Result;

        Assert.Equal(ReloadStatus.RolledBack, result.Status);
        Assert.Contains("set MaxSurge to the number of workers", result.Reason, StringComparison.Ordinal);
        await cluster.AllSlotsAsync(target: LoadTarget.Loopback(first));
    }

    [Fact]
    public async Task A_file_that_is_half_written_rolls_the_reload_back_and_the_whole_one_reloads()
    {
        var first = FreePort();
        await using var cluster = await StartAsync(Settings("one", first));
        await using var load = Load(first);

        await File.WriteAllTextAsync(_folder.File("appsettings.json"), "{ \"Kestrel\": ");
        var bad = (await cluster.ReloadAsync(LoadTarget.Loopback(first))).Result;

        Assert.Equal(ReloadStatus.RolledBack, bad.Status);
        Assert.Contains(bad.ErrorOutput, line => line.Contains("appsettings.json", StringComparison.Ordinal));
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);
        await File.WriteAllTextAsync(_folder.File("appsettings.json"), Settings("two", first));
        await cluster.ReloadBySignalAsync();
        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
    }

    [Theory]
    [InlineData("\"Endpoints\": { \"Https\": { \"Url\": \"https://127.0.0.1:PORT\", \"Certificate\": CERTIFICATE } }")]
    [InlineData("\"Endpoints\": { \"Https\": { \"Url\": \"https://127.0.0.1:PORT\" } }, \"Certificates\": { \"Default\": CERTIFICATE }")]
    [InlineData("\"Endpoints\": { \"Https\": { \"Url\": \"https://127.0.0.1:PORT\", \"Sni\": { \"*\": { \"Certificate\": CERTIFICATE } } } }")]
    public async Task A_renewed_certificate_costs_no_request_and_comes_with_the_reload(string kestrel)
    {
        WriteCertificate("first");
        var port = FreePort();
        var target = LoadTarget.Loopback(port) with { Tls = true };
        var section = kestrel.Replace("PORT", $"{port}", StringComparison.Ordinal).Replace(
            "CERTIFICATE", $"{{ \"Path\": \"{_folder.File("cert.pem")}\", \"KeyPath\": \"{_folder.File("key.pem")}\" }}", StringComparison.Ordinal);
        string Whole(string setting) => $"{{ \"Zoo\": {{ \"Setting\": \"{setting}\" }}, \"Kestrel\": {{ {section} }} }}";
        await using var cluster = await StartAsync(Whole("one"));
        await using var load = LoadRun.Start(new LoadOptions { Target = target, ThinkTime = TimeSpan.FromMilliseconds(5) });

        WriteCertificate("second");
        await SaveAsync(cluster, "two", target, Whole("two"), workers: 2);
        await load.MoreAnsweredAsync(200).WaitAsync(Eventually.Limit);
        Assert.Equal("CN=first", await SubjectAsync(port));
        await cluster.ReloadBySignalAsync();

        Assert.Equal("CN=second", await SubjectAsync(port));
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);
        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
    }

    [Fact]
    public async Task Levels_of_logging_change_at_once_and_a_changed_option_is_said_to_wait()
    {
        var first = FreePort();
        await using var cluster = await StartAsync(Settings("one", first));
        var before = cluster.Log.Mark;
        var settings = Settings("two", first);
        await SaveAsync(
            cluster,
            "two",
            first,
            settings.Insert(1, "\"Recluster\": { \"DrainTimeout\": \"00:00:07\" }, \"Logging\": { \"LogLevel\": { \"Recluster.Worker\": \"Debug\" } },"));

        await cluster.Log.WaitForAsync("any other option takes effect when the app is restarted", before);
        await cluster.ReloadBySignalAsync();

        await cluster.Log.WaitForAsync("Draining:", before); // A worker of the first generation says so at level Debug.
        Assert.Equal(1, cluster.Log.Count("The configuration has changed.", before));
    }

    [Fact]
    public async Task A_worker_whose_server_is_stopped_by_the_app_says_so_and_is_replaced_while_a_sibling_serves()
    {
        await using var cluster = await ClusterProcess.StartAsync();
        var mark = cluster.Log.Mark;
        await cluster.RequestAsync("/unbind", "POST");

        await cluster.Log.WaitForAsync("This worker cannot accept connections any more: 127.0.0.1:", mark);
        await cluster.Log.WaitForAsync("Worker asks to be replaced", mark);
        await cluster.Log.WaitForAsync("Worker ready", mark);
        await cluster.Log.WaitForAsync("Worker exited", mark);

        await cluster.AllSlotsAsync();
        Assert.Equal(1, cluster.Log.Count("cannot accept connections any more", mark));
    }

    private static string Settings(string setting, params int[] ports)
    {
        var endpoints = ports.Select((port, index) => $"\"E{index}\": {{ \"Url\": \"http://127.0.0.1:{port}\" }}");
        return $"{{ \"Zoo\": {{ \"Setting\": \"{setting}\" }}, \"Kestrel\": {{ \"Endpoints\": {{ {string.Join(", ", endpoints)} }} }} }}";
    }

    private async Task<ClusterProcess> StartAsync(string settings, params string[] arguments)
    {
        await File.WriteAllTextAsync(_folder.File("appsettings.json"), settings);
        return await ClusterProcess.StartAsync(new() { Urls = null, WorkingDirectory = _folder.Root, Arguments = arguments });
    }

    /// <summary>Saves as an editor does, and waits until every worker's configuration has been read again.</summary>
    private Task SaveAsync(ClusterProcess cluster, string setting, int port, string settings, int workers = 2) =>
        SaveAsync(cluster, setting, LoadTarget.Loopback(port), settings, workers);

    private async Task SaveAsync(ClusterProcess cluster, string setting, LoadTarget target, string settings, int workers)
    {
        await File.WriteAllTextAsync(_folder.File("appsettings.json"), settings);
        await using var slots = await SlotConnections.OpenAsync(cluster, workers, target);
        foreach (var slot in Enumerable.Range(0, workers))
        {
            await Eventually.GetAsync(
                async () => (await slots.GetAsync<Setting>(slot, "/setting")).Value == setting ? "yes" : null,
                () => $"the setting {setting} in slot {slot}. The output:{Environment.NewLine}{cluster.Log.Text}");
        }
    }

    private void WriteCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(_folder.File("cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(_folder.File("key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    private static async Task<string> SubjectAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port).WaitAsync(Eventually.Limit);
        X509Certificate? seen = null;
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) => (seen = certificate) is not null);
        await tls.AuthenticateAsClientAsync("localhost").WaitAsync(Eventually.Limit);
        return seen!.Subject;
    }

    private static LoadRun Load(int port) => LoadRun.Start(new LoadOptions
    {
        Target = LoadTarget.Loopback(port),
        Mode = LoadMode.ConnectionPerRequest,
        ThinkTime = TimeSpan.FromMilliseconds(5),
    });

    private static async Task AssertRefusedAsync(int port) => Assert.True(await IsRefusedAsync(port), $"port {port} accepts connections");

    private static async Task<bool> IsRefusedAsync(int port)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port).WaitAsync(Eventually.Limit);
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return true;
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private sealed record Setting(string? Value, int Generation, int Slot);
}
