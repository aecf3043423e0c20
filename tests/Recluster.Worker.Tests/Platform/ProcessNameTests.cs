using System.Text;
using Recluster.Platform;

namespace Recluster.Worker.Tests.Platform;

/// <summary>The kernel keeps 15 bytes of a name, and the role has to be among them.</summary>
public class ProcessNameTests
{
    [Theory]
    [InlineData("WebApi", "WebApi master", "WebApi w3 g12")]
    [InlineData("VeryLongApplication", "VeryLong master", "VeryLongA w3 g12")]
    [InlineData("Übersichtsmodul", "Übersic master", "Übersich w3 g12")]
    [InlineData("商店管理", "商店 master", "商店管 w3 g12")]
    [InlineData("🛒🛒🛒", "🛒🛒 master", "🛒🛒 w3 g12")]
    [InlineData("", "master", "w3 g12")]
    public void The_name_of_the_app_is_cut_between_two_characters_and_the_role_is_whole(string app, string master, string worker)
    {
        Assert.Equal((master, worker[^6..]), (ProcessName.ForMaster(app), ProcessName.ForWorker(app, 3, 12)[^6..]));
        Assert.All(
            (string[])[ProcessName.ForMaster(app), ProcessName.ForWorker(app, 3, 12), ProcessName.ForWorker(app, 511, 99_999_999)],
            name => Assert.InRange(Encoding.UTF8.GetByteCount(name), 1, ProcessName.MaxBytes));
    }

    [Fact]
    public void A_role_that_takes_all_of_it_stands_alone() => Assert.Equal("w511 g123456789", ProcessName.ForWorker("App", 511, 123_456_789));
}
