package io.tunnel4j.examples.cli;

import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.edge.DevelopmentAuthority;
import io.tunnel4j.edge.TunnelEdge;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;

/**
 * Uses the connecting commands once, against an edge in this process, so that a JVM told to archive its classes at exit archives the right ones.
 * The launcher's {@code archive} does that.
 */
@Command(name = "archive", hidden = true, description = "what the launcher's 'archive' runs")
final class ArchiveCommand implements Callable<Integer> {
    private static final String HOST = "archive.localhost";
    private static final int ROUNDS = 3;

    private final Terminal terminal;

    ArchiveCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        WarmUp.forWords("run");
        LogOutput.configure("warn", null);
        Path directory = Files.createTempDirectory("tunnel4j-archive");
        DevelopmentAuthority authority = DevelopmentAuthority.in(directory);
        Path root = directory.resolve("ca.pem");
        authority.exportTo(root);
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (TunnelEdge edge = TunnelEdge.builder()
                        .https(any, authority.certificates(HOST))
                        .connectors(any, authority.certificates())
                        .build();
                ServerSocket origin = echo()) {
            edge.start().toCompletableFuture().get(30, TimeUnit.SECONDS);
            TunnelCredentials credentials = edge.tunnels().create("archive");
            edge.routes().add(HOST, credentials);
            Path token = Files.writeString(directory.resolve("token"), credentials.toToken());
            String edgeText = text(edge.connectorsAddress());
            String service = "tcp://localhost:" + origin.getLocalPort();
            Thread plain = connector(
                    edge,
                    directory,
                    "tunnel",
                    "run",
                    "--token-file",
                    token.toString(),
                    "--edge",
                    edgeText,
                    "--cacert",
                    root.toString(),
                    "--url",
                    service,
                    "--metrics",
                    "localhost:0");
            for (int i = 0; i < ROUNDS; i++) {
                run(
                        directory,
                        "access",
                        "ssh",
                        "--hostname",
                        HOST + ":" + edge.httpsAddress().getPort(),
                        "--connect-to",
                        text(edge.httpsAddress()),
                        "--id",
                        "none.access",
                        "--secret",
                        "none",
                        "--cacert",
                        root.toString());
            }
            StopSignal.raise();
            plain.join();
            Path configuration = configuration(directory, credentials, service);
            Thread configured = connector(
                    edge,
                    directory,
                    "tunnel",
                    "--config",
                    configuration.toString(),
                    "--edge",
                    edgeText,
                    "--cacert",
                    root.toString(),
                    "--metrics",
                    "localhost:0",
                    "run");
            StopSignal.raise();
            configured.join();
        }
        terminal.say("Used the commands once for the archive.");
        return ExitCode.OK;
    }

    private static String text(InetSocketAddress address) {
        return HostAndPort.text(address);
    }

    private static Path configuration(Path directory, TunnelCredentials credentials, String service)
            throws IOException {
        Path secret = Files.writeString(directory.resolve("credentials.json"), credentials.toJson());
        return Files.writeString(
                directory.resolve("config.yml"), """
                tunnel: %s
                credentials-file: %s
                ingress:
                  - hostname: %s
                    service: %s
                  - hostname: www.%s
                    service: http://localhost:1
                  - service: http_status:404
                """.formatted(credentials.tunnelId(), secret, HOST, service, HOST));
    }

    /** Starts a connector and returns when it is connected, or has given up. */
    private static Thread connector(TunnelEdge edge, Path home, String... words) throws InterruptedException {
        Thread connector = new Thread(() -> run(home, words), "tunnel-archive-connector");
        connector.start();
        while (connector.isAlive() && edge.connectorConnections() == 0) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return connector;
    }

    private static void run(Path home, String... words) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        byte[] input = "through and back".getBytes(StandardCharsets.UTF_8);
        // Any variable: it is asked whether it stands for a flag.
        Map<String, String> environment = Map.of("PATH", "");
        Main.run(new Terminal(new ByteArrayInputStream(input), nowhere, nowhere, environment, home, false), words);
    }

    /** Sends back what it gets, one connection after the other. */
    private static ServerSocket echo() throws IOException {
        ServerSocket server = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(
                () -> {
                    while (!server.isClosed()) {
                        try (Socket socket = server.accept()) {
                            socket.getInputStream().transferTo(socket.getOutputStream());
                        } catch (IOException ended) {
                            // The loop's condition tells whether it was the last.
                        }
                    }
                },
                "tunnel-archive-origin");
        thread.setDaemon(true);
        thread.start();
        return server;
    }
}
