using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;
using Recluster.Protocol;
using Recluster.Sockets;
using Recluster.Tests.Support;

namespace Recluster.Hosting.Tests.Sockets;

/// <summary>Reserving Unix domain sockets, and what stands in the way of their files.</summary>
public sealed class UnixReservationTests : IDisposable
{
    // Each look at the clock takes three seconds: a wait for an address to become free is over at once.
    private readonly SocketReserver _reserver = new(3, 128, new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromSeconds(3) });
    private readonly string _folder = Directory.CreateTempSubdirectory("recluster").FullName;
    private readonly List<IDisposable> _mine = [];

    public void Dispose()
    {
        _mine.ForEach(mine => mine.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_Unix_socket_is_one_for_all_slots_and_its_file_goes_with_it()
    {
        var path = Path.Combine(_folder, "app.sock");
        var reservation = await ReserveAsync(new UnixDomainSocketEndPoint(path));
        Assert.Equal((EndpointLayout.Shared, 1, "unix:" + path), (reservation.Layout, reservation.Sockets.Count, reservation.Key));
        Connect(new UnixDomainSocketEndPoint(path));

        reservation.Dispose();

        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task The_file_that_a_killed_process_left_is_taken_over()
    {
        var path = StaleFile();

        var reservation = await ReserveAsync(new UnixDomainSocketEndPoint(path));

        Connect(reservation.EndPoint);
    }

    [Fact]
    public async Task Of_two_that_take_over_a_file_that_a_killed_process_left_at_once_one_has_it_and_the_other_is_refused()
    {
        for (var i = 0; i < 100; i++)
        {
            var path = StaleFile();
            using var together = new Barrier(2);
            var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
            {
                together.SignalAndWait();
                try
                {
                    return await _reserver.ReserveAsync(new UnixDomainSocketEndPoint(path), CancellationToken.None);
                }
                catch (AddressInUseException)
                {
                    return null;
                }
            }))).InTime();

            using var winner = Assert.Single(both.OfType<Reservation>());
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            client.Connect(new UnixDomainSocketEndPoint(path));
        }
    }

    [Fact]
    public async Task A_Unix_socket_whose_queue_is_full_does_not_hold_up_the_start_and_is_left_alone()
    {
        var path = Path.Combine(_folder, "full.sock");
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(path));
        other.Listen(1);
        SocketException? full = null;
        while (full is null)
        {
            var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
            _mine.Add(client);
            try
            {
                client.Connect(new UnixDomainSocketEndPoint(path));
            }
            catch (SocketException e)
            {
                full = e;
            }
        }

        await Assert.ThrowsAsync<AddressInUseException>(() => ReserveAsync(new UnixDomainSocketEndPoint(path)));

        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task A_Unix_socket_on_which_somebody_listens_is_left_alone()
    {
        var path = Path.Combine(_folder, "live.sock");
        await ReserveAsync(new UnixDomainSocketEndPoint(path));

        var error = await Assert.ThrowsAsync<AddressInUseException>(() => ReserveAsync(new UnixDomainSocketEndPoint(path)));

        Assert.Contains($"The Unix domain socket {path} is taken: process {Environment.ProcessId} (", error.Message, StringComparison.Ordinal);
        Connect(new UnixDomainSocketEndPoint(path));
    }

    [Fact]
    public async Task A_regular_file_in_the_way_is_not_deleted()
    {
        var path = Path.Combine(_folder, "data.txt");
        await File.WriteAllTextAsync(path, "precious");

        await Assert.ThrowsAsync<AddressInUseException>(() => ReserveAsync(new UnixDomainSocketEndPoint(path)));

        Assert.Equal("precious", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_an_error_at_once()
    {
        await Assert.ThrowsAsync<SocketException>(() => ReserveAsync(new UnixDomainSocketEndPoint(Path.Combine(_folder, "no", "app.sock"))));
    }

    [Fact]
    public async Task An_abstract_Unix_socket_needs_no_file()
    {
        var name = "\0recluster-" + Guid.NewGuid();

        await ReserveAsync(new UnixDomainSocketEndPoint(name));

        Connect(new UnixDomainSocketEndPoint(name));
    }

    private async Task<Reservation> ReserveAsync(EndPoint endpoint)
    {
        var reservation = await _reserver.ReserveAsync(endpoint, CancellationToken.None).InTime();
        _mine.Add(reservation);
        return reservation;
    }

    private void Connect(EndPoint endpoint)
    {
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _mine.Add(client);
        client.Connect(endpoint);
    }

    /// <summary>.NET removes the file of a socket that it disposes; one that is closed behind its back leaves it, as a kill does.</summary>
    private string StaleFile()
    {
        var (path, kept) = (Path.Combine(_folder, "stale.sock"), Path.Combine(_folder, "kept"));
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            socket.Listen();
            File.Move(path, kept);
        }

        File.Move(kept, path);
        return path;
    }
}
