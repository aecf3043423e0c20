using System.Text;

namespace Recluster.Bench.Report;

/// <summary>A table in Markdown.</summary>
internal sealed class Table
{
    private readonly StringBuilder _text = new();

    internal Table(params IEnumerable<string> heads)
    {
        var columns = heads.ToArray();
        Row(columns);
        _text.Append('|').AppendJoin("", columns.Select(_ => "---|")).AppendLine();
    }

    internal void Row(params IEnumerable<string> cells) => _text.Append("| ").AppendJoin(" | ", cells).AppendLine(" |");

    public override string ToString() => _text.ToString();
}
