namespace Recluster;

/// <summary>What was probably meant by a name that is unknown.</summary>
internal static class NearestName
{
    /// <summary>The name that takes the fewest changes of a letter, or that begins like the given one; null if none is near.</summary>
    internal static string? Of(string given, IEnumerable<string> names)
    {
        var (name, changes) = names
            .Select(name => (Name: name, Changes: IsBeginning(given, name) ? 1 : Changes(given, name)))
            .MinBy(candidate => candidate.Changes);
        return changes <= Math.Max(2, given.Length / 3) ? name : null;
    }

    private static bool IsBeginning(string given, string name) => given.Length > 3
        && (name.StartsWith(given, StringComparison.OrdinalIgnoreCase) || given.StartsWith(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Levenshtein's distance, row by row; letters of either case are equal.</summary>
    private static int Changes(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 0; i < a.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 0; j < b.Length; j++)
            {
                var replaced = diagonal + (char.ToUpperInvariant(a[i]) == char.ToUpperInvariant(b[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(replaced, Math.Min(row[j], row[j + 1]) + 1);
            }
        }

        return row[^1];
    }
}
