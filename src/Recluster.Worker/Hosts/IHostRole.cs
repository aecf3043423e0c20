using Microsoft.Extensions.Hosting;

namespace Recluster.Hosts;

/// <summary>What a process makes of a host whose app calls AddRecluster. There is one for the master's side and one for the worker's.</summary>
internal interface IHostRole
{
    /// <summary>Decides, at the start of the host, which host is started in the place of the app's own. It may be that one itself.</summary>
    IHost Begin(ReclusterHost host, IHost app);

    /// <summary>The host has stopped, could not start, or is disposed of. May be called more than once.</summary>
    void End(ReclusterHost host);
}
