using System.Globalization;

namespace Recluster.Protocol;

/// <summary>How the sockets of one endpoint are laid out.</summary>
internal enum EndpointLayout
{
    /// <summary>A SO_REUSEPORT group: one listening socket for each slot.</summary>
    Group,

    /// <summary>One listening socket that every active worker accepts from.</summary>
    Shared,

    /// <summary>The master could not bind it, and Kestrel went on without it.</summary>
    Failed,
}

/// <summary>One endpoint the master reserved: its key (the endpoint as the app asked for it) and the descriptors of its sockets.</summary>
internal sealed record InheritedEndpoint(string Key, EndpointLayout Layout, IReadOnlyList<int> Descriptors)
{
    internal static bool TryParse(string line, out InheritedEndpoint? endpoint)
    {
        endpoint = null;
        var fields = line.Split(' ');
        EndpointLayout? known = fields.Length != 3 ? null : fields[1] switch
        {
            "group" => EndpointLayout.Group,
            "shared" => EndpointLayout.Shared,
            "failed" => EndpointLayout.Failed,
            _ => null,
        };
        if (known is not { } layout)
        {
            return false;
        }

        var descriptors = new List<int>();
        foreach (var text in fields[2].Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor))
            {
                return false;
            }

            descriptors.Add(descriptor);
        }

        endpoint = new InheritedEndpoint(Uri.UnescapeDataString(fields[0]), layout, descriptors);
        return true;
    }

    internal string Format()
    {
        var layout = Layout switch
        {
            EndpointLayout.Group => "group",
            EndpointLayout.Shared => "shared",
            _ => "failed",
        };
        return $"{Uri.EscapeDataString(Key)} {layout} {string.Join(',', Descriptors)}";
    }
}
