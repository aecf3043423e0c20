using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Recluster.Diagnostics;
using Recluster.Protocol;

namespace Recluster.Sockets;

/// <summary>
/// Tells the kernel which socket of a group a new connection goes to, by a classic BPF program on the group (socket(7),
/// SO_ATTACH_REUSEPORT_CBPF; no privilege needed). The program returns a socket's place in the group, which is its slot, because the
/// sockets began to listen in the order of the slots and none is ever closed.
/// </summary>
internal sealed class Steering(Balancing balancing, ILogger logger)
{
    private const int SocketLevel = 1;
    private const int AttachReusePortFilter = 51;
    private const int DetachReusePortFilter = 68;

    private bool _warned;

    internal void Apply(Reservation reservation, int listeningSlots, int slots)
    {
        if (reservation.Layout != EndpointLayout.Group || listeningSlots == 1)
        {
            return; // One socket: nothing to choose from.
        }

        try
        {
            var socket = reservation.Sockets[0];
            if (balancing == Balancing.ClientAddress)
            {
                var isIPv4 = ((IPEndPoint)reservation.EndPoint).AddressFamily == AddressFamily.InterNetwork;
                SocketProgram.Attach(socket, AttachReusePortFilter, isIPv4 ? SteeringProgram.ByIPv4Address(slots) : SteeringProgram.ByAddress(slots));
            }
            else if (listeningSlots > slots)
            {
                SocketProgram.Attach(socket, AttachReusePortFilter, SteeringProgram.ByChance(slots)); // The kernel's hash would go on counting the removed slots.
            }
            else
            {
                Detach(socket);
            }
        }
        catch (SocketException e)
        {
            if (!_warned)
            {
                _warned = true;
                MasterLog.SteeringRefused(logger, balancing, e.Message);
            }
        }
    }

    private static void Detach(Socket socket)
    {
        try
        {
            socket.SetRawSocketOption(SocketLevel, DetachReusePortFilter, [0, 0, 0, 0]);
        }
        catch (SocketException)
        {
            // None was attached (ENOENT), or a kernel before 5.3: then none ever is here, but after a scaling in.
        }
    }
}
