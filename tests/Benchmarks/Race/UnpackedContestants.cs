using OutreachRelay.FunctionalTests.Running;

namespace OutreachRelay.Benchmarks.Race;

/// <summary>Exim and OpenSMTPD as smart hosts, with the brakes off that a lone benchmark meets and a busy server does not. Their fsync and their logging are as installed.</summary>
internal static class UnpackedContestants
{
    // Rounds of as many messages as the others have would take minutes.
    private const int EximDivisor = 5;
    private const int OpenSmtpdDivisor = 20;

    private const string Exim = "usr/sbin/exim4";
    private const string OpenSmtpd = "usr/sbin/smtpd";

    /// <summary>Exim delivers each message at once, in a process of its own, as Debian has it; it would only queue from the eleventh message of a connection on.</summary>
    /// <returns><see langword="null"/> when it is not there.</returns>
    public static async Task<Contestant?> StartEximAsync()
    {
        if (UnpackedServer.Find(Exim) is not { } program)
            return null;
        var (sink, port) = (await CountingSink.StartAsync(), FreePort.Next());
        // deliver_drop_privilege: a file named by -C may not make root of Debian's Exim, and what only speaks SMTP need not be root.
        var server = await UnpackedServer.StartAsync(port, ["Debian-exim"], [], directory => $"""
            exim_path = {program}
            spool_directory = {directory}/spool
            log_file_path = {directory}/log/%slog
            primary_hostname = exim.example
            local_interfaces = 127.0.0.1
            daemon_smtp_ports = {port}
            keep_environment =
            tls_advertise_hosts =
            host_lookup =
            rfc1413_hosts =
            acl_smtp_rcpt = accept
            deliver_drop_privilege = true
            split_spool_directory = true
            smtp_accept_max = 2000
            smtp_accept_max_per_connection = 0
            smtp_accept_queue_per_connection = 0
            smtp_connect_backlog = 512
            message_size_limit = 100M
            begin routers
            out:
              driver = manualroute
              transport = out
              route_list = * 127.0.0.1
              self = send
            begin transports
            out:
              driver = smtp
              port = {sink.Port}
            begin retry
            * * F,1h,1m

            """, program, "-C", "@", "-bdf");
        return new Contestant("exim", port, server.Id, Compiles: false, sink, server) { Divisor = EximDivisor, LosesChildren = true };
    }

    /// <summary>
    /// OpenSMTPD with as many connections to the next hop as it likes, and no pause between them. Its backlog of five connections is compiled in: clients that
    /// connect faster than it accepts are heard when TCP tries again.
    /// </summary>
    /// <returns><see langword="null"/> when it is not there.</returns>
    public static async Task<Contestant?> StartOpenSmtpdAsync()
    {
        if (UnpackedServer.Find(OpenSmtpd) is not { } program)
            return null;
        var (sink, port) = (await CountingSink.StartAsync(), FreePort.Next());
        (string, string)[] mounts = [("lib", "/var/lib"), ("queue", "/var/spool"), ("run", "/run")];
        var server = await UnpackedServer.StartAsync(port, ["opensmtpd", "opensmtpq"], mounts, directory => Configuration(directory, port, sink.Port), program, "-d", "-f", "@");
        return new Contestant("opensmtpd", port, server.Id, Compiles: false, sink, server) { Divisor = OpenSmtpdDivisor };
    }

    private static string Configuration(string directory, int port, int sinkPort)
    {
        // To which it confines its processes.
        Directory.CreateDirectory(Path.Combine(directory, "lib/opensmtpd/empty"));
        return $"""
            smtp max-message-size 100M
            smtp limit max-mails 1000000
            mta limit max-conn-per-host 50 max-conn-per-route 50 max-conn-per-source 50
            mta limit max-conn-per-connector 50 max-conn-per-relay 50 max-conn-per-domain 50
            mta limit conn-delay-host 0 conn-delay-route 0 conn-delay-source 0 conn-delay-connector 0
            mta limit conn-delay-relay 0 conn-delay-domain 0 reconn-delay-route 0 session-transaction-delay 0
            listen on 127.0.0.1 port {port} hostname opensmtpd.example
            action "out" relay host smtp://127.0.0.1:{sinkPort}
            match from any for any action "out"

            """;
    }
}
