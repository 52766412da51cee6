package io.tunnel4j.benchmarks.process;

import com.sun.net.httpserver.HttpServer;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A service as many are: an HTTP server of the JDK with TLS and an HTTP client in use, a few megabytes of its own data; and, when told where an edge is,
 * a connector in it.
 */
public final class HostApplication {
    private static final int OWN_DATA = 40_000;

    private HostApplication() {}

    /**
     * Starts the application in a process of its own.
     *
     * @param directory for its output
     * @param arguments none, or the edge's port and the authority to trust
     * @return the process; it prints {@code ready}
     */
    public static ManagedProcess start(Path directory, List<String> arguments) {
        List<String> command = new ArrayList<>(SinkOrigin.java());
        command.add(HostApplication.class.getName());
        command.addAll(arguments);
        return ManagedProcess.start("host", directory, command);
    }

    /**
     * Runs the application until the process is ended.
     *
     * @param arguments none, or the edge's port and the authority to trust
     * @throws Exception if it cannot start
     */
    public static void main(String[] arguments) throws Exception {
        List<byte[]> data = new ArrayList<>();
        for (int i = 0; i < OWN_DATA; i++) {
            data.add(("record " + i).getBytes(StandardCharsets.UTF_8));
        }
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        server.createContext("/", exchange -> {
            byte[] body = data.get(Math.floorMod(exchange.getRequestURI().hashCode(), OWN_DATA));
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        int port = server.getAddress().getPort();
        useHttpClient(port);
        TunnelConnector connector = null;
        if (arguments.length > 0) {
            connector = TunnelConnector.builder(TunnelCredentials.generate("0123456789abcdef0123456789abcdef"))
                    .edge(java.util.Collections.nCopies(4, "127.0.0.1:" + arguments[0])
                            .toArray(String[]::new))
                    .edgeCa(Path.of(arguments[1]))
                    .haConnections(4)
                    .ingress(Ingress.builder()
                            .otherwise(Origin.http(java.net.URI.create("http://127.0.0.1:" + port)))
                            .build())
                    .build();
            connector.start().toCompletableFuture().join();
        }
        PrintStream out = System.out;
        out.println("ready");
        out.flush();
        Thread.currentThread().join();
        if (connector != null) {
            connector.close();
        }
    }

    /** A service calls others, over TLS too: what the JDK needs for that is not the connector's doing. */
    private static void useHttpClient(int port) throws IOException, InterruptedException {
        java.net.http.HttpClient client = java.net.http.HttpClient.newHttpClient();
        client.sslContext().createSSLEngine();
        for (int i = 0; i < 20; i++) {
            client.send(
                    java.net.http.HttpRequest.newBuilder(java.net.URI.create("http://127.0.0.1:" + port + "/" + i))
                            .build(),
                    java.net.http.HttpResponse.BodyHandlers.ofString());
        }
    }
}
