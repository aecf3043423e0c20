using System.IO.Compression;
using Recluster.FunctionalTests.Support;
using Recluster.LoadClient;

namespace Recluster.FunctionalTests;

/// <summary>The packages as a user gets them: packed, installed from a folder into a new app, and run.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_new_web_app_with_the_packages_and_the_first_block_of_the_README_is_clustered_and_reloads()
    {
        await PackAsync();
        var app = _folder.File("app");
        await DotnetAsync(_folder.Root, "new", "web", "-o", app, "-n", "App", "--no-restore", "--no-update-check");
        await File.WriteAllTextAsync(Path.Combine(app, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{_folder.File("cache")}" /></config>
              <packageSources><clear /><add key="packed" value="{_folder.File("packages")}" /></packageSources>
            </configuration>
            """);
        await DotnetAsync(app, "add", "package", "Recluster.Hosting");
        await File.WriteAllTextAsync(Path.Combine(app, "Program.cs"), FirstBlockOfReadme());
        await DotnetAsync(app, "build", "--output", _folder.File("out"), "--disable-build-servers");

        await using var cluster = await ClusterProcess.StartAsync(new()
        {
            Command = [ZooBuild.DotnetHost, _folder.File("out/App.dll")],
            WorkingDirectory = app,
        });
        await using var load = LoadRun.Start(new LoadOptions { Target = cluster.Target });
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);
        await cluster.ReloadBySignalAsync();
        await load.MoreAnsweredAsync(100).WaitAsync(Eventually.Limit);

        var report = await load.StopAsync();
        Assert.True(report.Failed == 0, report.ToString());
    }

    [Fact]
    public async Task The_package_of_the_master_depends_on_exactly_its_own_version_of_the_other()
    {
        await PackAsync();
        var package = Assert.Single(Directory.GetFiles(_folder.File("packages"), "Recluster.Hosting.*.nupkg"));
        using var zip = ZipFile.OpenRead(package);
        using var manifest = zip.GetEntry("Recluster.Hosting.nuspec")!.Open();
        var metadata = System.Xml.Linq.XDocument.Load(manifest).Root!.Elements().Single();
        string Value(string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;

        var dependency = Assert.Single(metadata.Descendants(), element => element.Name.LocalName == "dependency");

        Assert.Equal("Recluster.Worker", (string?)dependency.Attribute("id"));
        Assert.Equal($"[{Value("version")}]", (string?)dependency.Attribute("version"));
        Assert.NotNull(zip.GetEntry(Value("icon")));
        Assert.NotNull(zip.GetEntry(Value("readme")));
        Assert.True(File.Exists(Path.ChangeExtension(package, ".snupkg")));
    }

    /// <summary>Packs what the solution has built.</summary>
    private async Task PackAsync()
    {
        foreach (var library in (string[])["Recluster.Worker", "Recluster.Hosting"])
        {
            var project = Path.Combine(ZooBuild.FolderOf("Repository"), "src", library);
            await DotnetAsync(
                _folder.Root, "pack", project, "--no-build", "--configuration", ZooBuild.Configuration, "--output", _folder.File("packages"), "--disable-build-servers");
        }
    }

    private static Task DotnetAsync(string folder, params string[] arguments) => CommandLine.RunAsync(ZooBuild.DotnetHost, folder, arguments);

    private static string FirstBlockOfReadme() => string.Join('\n', File.ReadLines(Path.Combine(ZooBuild.FolderOf("Repository"), "README.md"))
        .SkipWhile(line => line != "```csharp").Skip(1).TakeWhile(line => line != "```"));
}
