package io.tunnel4j.benchmarks.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** haproxy with one thread: TLS and HTTP/2 in, and HTTP/1.1 out to the origins or HTTP/2 over TLS to another hop. */
public final class Haproxy implements AutoCloseable {
    private final ManagedProcess process;
    private final int port;

    private Haproxy(ManagedProcess process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts haproxy in front of the origins.
     *
     * @param directory for its configuration
     * @param certificates for TLS
     * @param origin port of the HTTP/1.1 origin
     * @param sink port of what takes uploads, paths that begin with {@code /up}
     * @return once it listens
     * @throws IOException if the configuration cannot be written
     */
    public static Haproxy start(Path directory, TestCertificates certificates, int origin, int sink)
            throws IOException {
        return start(directory, certificates, """
                  use_backend sink if { path_beg /up }
                  default_backend origin
                backend origin
                  server origin 127.0.0.1:%d
                backend sink
                  server sink 127.0.0.1:%d
                """.formatted(origin, sink));
    }

    /**
     * Starts haproxy in front of another one.
     *
     * @param directory for its configuration
     * @param certificates for TLS
     * @param next the other one
     * @return once it listens
     * @throws IOException if the configuration cannot be written
     */
    public static Haproxy inFrontOf(Path directory, TestCertificates certificates, Haproxy next) throws IOException {
        return start(directory, certificates, """
                  default_backend next
                backend next
                  server next 127.0.0.1:%d ssl verify required ca-file %s sni str(localhost) alpn h2
                """.formatted(next.port, certificates.authority()));
    }

    private static Haproxy start(Path directory, TestCertificates certificates, String rules) throws IOException {
        int port = ManagedProcess.freePort();
        Path configuration = Files.createTempFile(directory, "haproxy-", ".cfg");
        Files.writeString(configuration, """
                global
                  nbthread 1
                  maxconn 4000
                  tune.h2.max-concurrent-streams 1000
                  ssl-default-bind-options ssl-min-ver TLSv1.3
                defaults
                  mode http
                  timeout client 600s
                  timeout server 600s
                  timeout connect 5s
                frontend in
                  bind 127.0.0.1:%d ssl crt %s alpn h2,http/1.1
                """.formatted(port, certificates.combined()) + rules);
        ManagedProcess process =
                ManagedProcess.start("haproxy", directory, List.of("haproxy", "-db", "-f", configuration.toString()));
        return new Haproxy(process.awaitPort(port), port);
    }

    /**
     * Returns the port.
     *
     * @return on the loopback interface
     */
    public int port() {
        return port;
    }

    /**
     * Returns the process.
     *
     * @return to ask for its usage
     */
    public ManagedProcess process() {
        return process;
    }

    @Override
    public void close() {
        process.close();
    }
}
