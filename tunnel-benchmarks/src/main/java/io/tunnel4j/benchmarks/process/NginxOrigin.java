package io.tunnel4j.benchmarks.process;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** nginx with a small answer at {@code /small} and a large sparse file at {@code /large}, plain and over TLS. */
public final class NginxOrigin implements AutoCloseable {
    private final ManagedProcess process;
    private final int port;
    private final int tlsPort;

    private NginxOrigin(ManagedProcess process, int port, int tlsPort) {
        this.process = process;
        this.port = port;
        this.tlsPort = tlsPort;
    }

    /**
     * Starts nginx.
     *
     * @param directory for its configuration and files
     * @param certificates for TLS
     * @param largeBytes size of the large file
     * @return once it listens
     * @throws IOException if files cannot be written
     */
    public static NginxOrigin start(Path directory, TestCertificates certificates, long largeBytes) throws IOException {
        int port = ManagedProcess.freePort();
        int tlsPort = ManagedProcess.freePort();
        Path root = Files.createDirectories(directory.resolve("www"));
        try (RandomAccessFile large = new RandomAccessFile(root.resolve("large").toFile(), "rw")) {
            large.setLength(largeBytes);
        }
        // The worker of a master that runs as root is another user.
        directory.toFile().setExecutable(true, false);
        directory.toFile().setReadable(true, false);
        Path configuration = Files.writeString(directory.resolve("nginx.conf"), """
                daemon off;
                worker_processes 1;
                pid nginx.pid;
                error_log stderr warn;
                events { worker_connections 20000; }
                http {
                  access_log off;
                  sendfile on;
                  tcp_nodelay on;
                  keepalive_requests 1000000000;
                  keepalive_timeout 600s;
                  client_body_temp_path body;
                  proxy_temp_path proxy;
                  fastcgi_temp_path fastcgi;
                  uwsgi_temp_path uwsgi;
                  scgi_temp_path scgi;
                  server {
                    listen 127.0.0.1:%d backlog=4096;
                    listen 127.0.0.1:%d ssl http2 backlog=4096;
                    http2_max_concurrent_streams 1000;
                    ssl_certificate %s;
                    ssl_certificate_key %s;
                    ssl_protocols TLSv1.3;
                    root %s;
                    location = /small {
                      default_type text/plain;
                      add_header Cache-Control no-store;
                      return 200 "A small answer of sixty-four bytes, which every subject gets.....";
                    }
                  }
                }
                """.formatted(
                        port, tlsPort, certificates.chain(), certificates.key(), root));
        ManagedProcess process = ManagedProcess.start(
                "nginx",
                directory,
                List.of("nginx", "-p", directory.toString(), "-e", "stderr", "-c", configuration.toString()));
        return new NginxOrigin(process.awaitPort(port), port, tlsPort);
    }

    /**
     * Returns the plain port.
     *
     * @return on the loopback interface
     */
    public int port() {
        return port;
    }

    /**
     * Returns the TLS port.
     *
     * @return on the loopback interface
     */
    public int tlsPort() {
        return tlsPort;
    }

    @Override
    public void close() {
        process.close();
    }
}
