using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Recluster.Hosting.Tests;

/// <summary>
/// The C# in the documents compiles. A block that makes its own builder is a whole Program.cs, as it would be pasted into that of
/// <c>dotnet new web</c>. Any other is a part of one, and the names in <see cref="Around"/> are there. Code for another language version or
/// another library goes into a block of another name than csharp.
/// </summary>
public class DocumentationTests
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

    public static TheoryData<string, int> Blocks
    {
        get
        {
            var blocks = new TheoryData<string, int>();
            foreach (var file in (string[])[Path.Combine(Root, "README.md"), .. Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Order()])
            {
                var lines = File.ReadAllLines(file);
                for (var i = 0; i < lines.Length; i++)
                {
                    if (lines[i].Trim() == "```csharp")
                    {
                        blocks.Add(Path.GetRelativePath(Root, file), i + 1);
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

    [Fact]
    public void A_block_that_lacks_a_using_is_seen() =>
        Assert.NotEmpty(ErrorsOf("var builder = WebApplication.CreateBuilder(args); IReclusterControl? none = null;"));

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
