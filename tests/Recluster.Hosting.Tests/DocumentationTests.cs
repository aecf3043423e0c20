using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Recluster.Hosting.Tests;

/// <summary>
/// The C# in the documents compiles. A block that makes its own builder is a whole Program.cs, as it would be pasted into that of
/// <c>dotnet new web</c>. Any other is a part of one, and the names in <see cref="Around"/> are there. Code for another language version or
/// another library goes into a block of another name than csharp.
/// </summary>
public partial class DocumentationTests
{
    /// <summary>The implicit usings of Microsoft.NET.Sdk.Web.</summary>
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Net.Http.Json;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Hosting;
        global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Routing;
        global using Microsoft.Extensions.Configuration;
        global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging;
        """;

    /// <summary>What a part of a program may use.</summary>
    private const string Around = """
        using Recluster;

        var builder = WebApplication.CreateBuilder(args);
        var app = builder.Build();
        var worker = app.Services.GetRequiredService<IReclusterWorker>();
        var cluster = app.Services.GetRequiredService<IReclusterControl>();

        """;

    private const string AppsOwn = """
        internal sealed class Catalog { public Task LoadAsync(CancellationToken cancellationToken) => Task.CompletedTask; }
        """;

    private static readonly string Root = Path.GetFullPath(
        typeof(DocumentationTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Repository").Value!);

    public static TheoryData<string> Documents => [.. Files];

    public static TheoryData<string, int> Blocks
    {
        get
        {
            var blocks = new TheoryData<string, int>();
            foreach (var file in Files)
            {
                var lines = File.ReadAllLines(Path.Combine(Root, file));
                for (var i = 0; i < lines.Length; i++)
                {
                    if (lines[i].Trim() == "```csharp")
                    {
                        blocks.Add(file, i + 1);
                    }
                }
            }

            return blocks;
        }
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void A_block_of_CSharp_compiles(string file, int line)
    {
        var block = string.Join('\n', File.ReadLines(Path.Combine(Root, file)).Skip(line).TakeWhile(text => text.Trim() != "```"));
        var isWhole = block.Contains("var builder =", StringComparison.Ordinal);

        Assert.Empty(ErrorsOf(isWhole ? block : Around + block));
    }

    [Fact]
    public void The_first_block_of_the_README_is_a_whole_program_with_both_lines()
    {
        var first = string.Join('\n', File.ReadLines(Path.Combine(Root, "README.md")).SkipWhile(text => text != "```csharp").Skip(1).TakeWhile(text => text != "```"));

        Assert.StartsWith("using Recluster;", first, StringComparison.Ordinal);
        Assert.Contains("builder.Services.AddRecluster(", first, StringComparison.Ordinal);
        Assert.Contains("app.UseReclusterWorker();", first, StringComparison.Ordinal);
        Assert.EndsWith("app.Run();", first, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_link_leads_to_a_file_and_a_heading_that_exist(string file)
    {
        foreach (var link in Links().Matches(File.ReadAllText(Path.Combine(Root, file))).Select(match => match.Groups[1].Value))
        {
            var (path, heading) = link.Split('#') is [var before, var after] ? (before, after) : (link, null);
            var target = path.Length == 0 ? Path.Combine(Root, file) : Path.Combine(Root, Path.GetDirectoryName(file)!, path);

            Assert.True(Path.Exists(target), $"{file}: {link}");
            Assert.True(heading is null || HeadingsOf(target).Contains(heading), $"{file}: {link}");
        }
    }

    [Fact]
    public void The_tables_have_each_option_and_no_other()
    {
        var documented = File.ReadLines(Path.Combine(Root, "docs", "operations.md"))
            .Select(line => OptionRow().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value);
        var declared = typeof(ReclusterOptions).GetProperties().Concat(typeof(WarmUpOptions).GetProperties()).Select(property => property.Name);

        Assert.Equal(declared.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_block_that_lacks_a_using_is_seen() =>
        Assert.NotEmpty(ErrorsOf("var builder = WebApplication.CreateBuilder(args); IReclusterControl? none = null;"));

    /// <summary>All documents, by their path in the repository.</summary>
    private static IEnumerable<string> Files => ((string[])
    [
        .. Directory.GetFiles(Root, "*.md"),
        .. Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories),
        .. Directory.GetFiles(Path.Combine(Root, "samples"), "*.md"),
    ]).Select(file => Path.GetRelativePath(Root, file)).Order(StringComparer.Ordinal);

    /// <summary>The anchors that GitHub gives to the headings.</summary>
    private static HashSet<string> HeadingsOf(string file) =>
    [
        .. File.ReadLines(file).Where(line => line.StartsWith('#')).Select(line => string.Concat(
            line.TrimStart('#').Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-')),
    ];

    [GeneratedRegex(@"\]\((?!https?:)([^)\s]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"^\| `(\w+)` \|(?:[^|]*\|){3,}")]
    private static partial Regex OptionRow();

    private static IEnumerable<string> ErrorsOf(string program)
    {
        string[] sources = [ImplicitUsings, program, AppsOwn];
        var assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var compilation = CSharpCompilation.Create(
            "Documented",
            sources.Select(source => CSharpSyntaxTree.ParseText(source)),
            assemblies.Select(assembly => MetadataReference.CreateFromFile(assembly)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        return compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(error => error.ToString());
    }
}
