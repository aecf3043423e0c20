using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Recluster.Hosts;
using Recluster.Platform;
using Recluster.Protocol;

namespace Recluster.Sockets;

/// <summary>
/// Binds the sockets of an endpoint: a SO_REUSEPORT group for TCP, one shared socket for a Unix domain socket. A group has a socket for each
/// slot in use; more are bound when there are more slots.
/// </summary>
internal sealed class SocketReserver(int slots, int backlog, TimeProvider time)
{
    // socket(7) on Linux; not in .NET's SocketOptionName.
    private const int SocketLevel = 1;
    private const int ReusePort = 15;

    // The workers of a killed master close their sockets within moments of noticing; a master that starts at once waits for that.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(25);

    // Another master has the folder for a moment. Whoever has it longer uses the lock for something else.
    private const int AttemptsForFolder = 40;

    // One that does not come to its end by itself is ended after some seconds (MasterWatch).
    private static readonly TimeSpan PatienceWithOrphans = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan OrphanRetryInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Told when something happens to the file of a Unix domain socket, on any thread.</summary>
    internal Action<SocketFile> FileChanged { get; init; } = _ => { };

    /// <summary>Who listens on an address.</summary>
    internal Func<EndPoint, IReadOnlyList<AddressHolder>> FindHolders { get; init; } = AddressHolder.Find;

    internal async Task<Reservation> ReserveAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        IReadOnlyList<AddressHolder>? holders = null;
        for (var attempt = 1; ; attempt++)
        {
            var retry = RetryInterval;
            try
            {
                return endpoint switch
                {
                    FileHandleEndPoint handle => Adopt(handle),
                    UnixDomainSocketEndPoint unix => ReserveShared(unix, waitsForFolder: attempt < AttemptsForFolder),
                    _ => ReserveGroup((IPEndPoint)endpoint),
                };
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.TooManyOpenSockets)
            {
                // An IOException: for "localhost" Kestrel takes any other exception as "no such address family here" and goes on.
                throw StartMistake.Of(new IOException($"The sockets of {endpoint} cannot be opened: {DescriptorLimit.Explain(e)}.", e));
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                if (time.GetElapsedTime(began) is var waited && waited >= Patience)
                {
                    // Those of the look before this attempt: a holder that ended before the look has left the address free for it.
                    if (holders is not null && (waited >= PatienceWithOrphans || !holders.Any(holder => holder.IsOrphan)))
                    {
                        throw StartMistake.Of(new AddressInUseException(TakenMessage(endpoint, holders), e));
                    }

                    holders = FindHolders(endpoint);
                    retry = holders.Any(holder => holder.IsOrphan) ? OrphanRetryInterval : TimeSpan.Zero;
                }
            }

            await Task.Delay(retry, time, cancellationToken);
        }
    }

    /// <summary>
    /// The first socket binds and listens *without* SO_REUSEPORT, so the kernel itself refuses it where anybody else has the
    /// address, another Recluster master of the same user included; only then is it opened to the rest of the group.
    /// </summary>
    private Reservation ReserveGroup(IPEndPoint endpoint)
    {
        var first = Create(endpoint);
        try
        {
            first.Bind(endpoint);
            first.Listen(backlog);
            SetReusePort(first);
            var reservation = new Reservation(EndpointKey.For(endpoint), EndpointLayout.Group, [first]);
            Grow(reservation, slots);
            reservation.Listen(slots, backlog);
            return reservation;
        }
        catch
        {
            first.Dispose();
            throw;
        }
    }

    /// <summary>Binds the sockets of further slots. They join the group when they begin to listen.</summary>
    /// <exception cref="SocketException">The kernel refuses; then all is as it was before.</exception>
    internal static void Grow(Reservation reservation, int slots) => reservation.Grow(slots, () =>
    {
        var bound = (IPEndPoint)reservation.EndPoint;
        var next = Create(bound);
        try
        {
            SetReusePort(next);
            next.Bind(bound);
            return next;
        }
        catch
        {
            next.Dispose();
            throw;
        }
    });

    /// <summary>
    /// A listening socket from systemd or another parent: one for all, and not ours to close. No process is to have it by inheritance.
    /// </summary>
    private static Reservation Adopt(FileHandleEndPoint endpoint)
    {
        Libc.SetCloseOnExec((int)endpoint.FileHandle);
        return new(
            EndpointKey.For(endpoint),
            EndpointLayout.Shared,
            [new Socket(new SafeSocketHandle((nint)endpoint.FileHandle, ownsHandle: false))],
            isHandedOver: true);
    }

    /// <summary>Another socket of the same name, for one whose file is lost.</summary>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    internal Reservation ReserveAgain(Reservation lost) => ReserveShared((UnixDomainSocketEndPoint)EndpointKey.Parse(lost.Key), waitsForFolder: false);

    private Reservation ReserveShared(UnixDomainSocketEndPoint endpoint, bool waitsForFolder)
    {
        var path = endpoint.ToString();
        var isFile = !path.StartsWith('@'); // Abstract names leave no file.
        using var folder = isFile ? FolderLock.Take(path, waitsForFolder) : null; // Until it listens: before that it would look dead to another master.
        if (isFile)
        {
            SocketFile.RemoveIfDead(path);
        }

        var socket = UnixBinding.Bind(endpoint);
        try
        {
            socket.Listen(backlog);
            return new Reservation(EndpointKey.For(endpoint), EndpointLayout.Shared, [socket])
            {
                File = isFile ? new SocketFile(path, FileChanged) : null,
            };
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket Create(IPEndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);

        // As Kestrel's own transport does: [::] serves IPv4 as well.
        if (endpoint.Address.Equals(IPAddress.IPv6Any))
        {
            socket.DualMode = true;
        }

        return socket;
    }

    private static void SetReusePort(Socket socket) => socket.SetRawSocketOption(SocketLevel, ReusePort, [1, 0, 0, 0]);

    private static string TakenMessage(EndPoint endpoint, IReadOnlyList<AddressHolder> holders)
    {
        var names = string.Join(", ", holders);
        return endpoint is UnixDomainSocketEndPoint
            ? $"The Unix domain socket {endpoint} is taken: {(holders.Count > 0 ? $"{names} listens on it" : "another process listens on it, or the file is no socket")}. "
                + "End that process or remove the file, or choose another path in --urls or Kestrel:Endpoints."
            : $"The address {endpoint} is taken by another process{(holders.Count > 0 ? ": " + names : " (possibly another Recluster master)")}. "
                + "End that process, or choose another port in --urls, ASPNETCORE_URLS or Kestrel:Endpoints.";
    }
}
