using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace Recluster.Diagnostics;

/// <summary>
/// Says, once for each change, that a saved configuration asks for something that the running cluster does not take over: what plain ASP.NET Core does at
/// once (endpoints) or never (options) comes with a reload or a restart.
/// </summary>
internal sealed class ConfigurationChanges(IConfiguration configuration, ILogger logger) : IDisposable
{
    private static readonly string[] OfKestrel = ["Kestrel", "urls", "http_ports", "https_ports"];

    private readonly Lock _gate = new();
    private IDisposable? _watch;
    private string _kestrel = "";
    private string _recluster = "";

    internal void Start()
    {
        (_kestrel, _recluster) = Read();
        _watch = ChangeToken.OnChange(configuration.GetReloadToken, Compare);
    }

    public void Dispose() => _watch?.Dispose();

    private void Compare()
    {
        lock (_gate)
        {
            var (kestrel, recluster) = Read();
            if (kestrel != _kestrel)
            {
                MasterLog.KestrelChanged(logger);
            }

            if (recluster != _recluster)
            {
                MasterLog.OptionsChanged(logger);
                OptionsSection.WarnOfUnknownKeys(configuration, logger);
            }

            (_kestrel, _recluster) = (kestrel, recluster);
        }
    }

    private (string Kestrel, string Recluster) Read() =>
        (string.Join('\n', OfKestrel.Select(Flatten)), Flatten(ReclusterOptions.SectionName));

    private string Flatten(string section) => string.Join(
        '\n',
        configuration.GetSection(section).AsEnumerable().OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
}
