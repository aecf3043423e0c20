using System.Text;
using System.Xml.Linq;
using Microsoft.Win32.SafeHandles;
using Recluster.KeyRing;
using Recluster.Platform;

namespace Recluster.Worker.Tests.KeyRing;

public sealed class ClusterKeyRepositoryTests : IDisposable
{
    private readonly MemoryFile _file = MemoryFile.Create("test")!;

    public void Dispose() => _file.Dispose();

    [Fact]
    public void What_is_stored_is_read_as_it_was_line_breaks_included()
    {
        var element = XElement.Parse("<key id=\"1\"><!-- a comment --><value>a\r\n  b\nc</value></key>", LoadOptions.PreserveWhitespace);
        new ClusterKeyRepository(_file).StoreElement(element, "key");

        var read = Assert.Single(new ClusterKeyRepository(_file).GetAllElements());

        Assert.Equal(element.ToString(SaveOptions.DisableFormatting), read.ToString(SaveOptions.DisableFormatting));
    }

    [Fact]
    public void A_write_that_was_cut_short_spoils_no_other_key()
    {
        var repository = new ClusterKeyRepository(_file);
        repository.StoreElement(new XElement("first"), "");
        WriteRaw("\n<second><half");

        Assert.Equal(["first"], repository.GetAllElements().Select(element => element.Name.LocalName));
        repository.StoreElement(new XElement("third"), "");
        Assert.Equal(["first", "third"], repository.GetAllElements().Select(element => element.Name.LocalName));
    }

    [Fact]
    public void A_line_that_is_still_being_written_is_not_read()
    {
        WriteRaw("<whole/>\n<beg");

        Assert.Equal(["<whole/>"], _file.ReadLines());
    }

    private void WriteRaw(string text)
    {
        using var handle = new SafeFileHandle(_file.Descriptor, ownsHandle: false);
        RandomAccess.Write(handle, Encoding.UTF8.GetBytes(text), RandomAccess.GetLength(handle));
    }
}
