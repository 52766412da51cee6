package io.tunnel4j.examples.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.net.httpserver.HttpServer;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.edge.AccessSettings;
import io.tunnel4j.edge.DevelopmentAuthority;
import io.tunnel4j.edge.TunnelEdge;
import io.tunnel4j.examples.demo.HttpsProbe;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;

/** An edge for one example: names under localhost, people with passwords, quick tunnels. */
final class ExampleEdge implements AutoCloseable {
    final DevelopmentAuthority authority;
    final Path root;
    final int port = freePort();
    final TunnelEdge edge;
    final HttpsProbe probe;

    ExampleEdge(Path directory) throws Exception {
        authority = DevelopmentAuthority.in(directory);
        root = directory.resolve("ca.pem");
        InetAddress loopback = InetAddress.getLoopbackAddress();
        edge = TunnelEdge.builder()
                .https(new InetSocketAddress(loopback, port), authority.certificates())
                .connectors(new InetSocketAddress(loopback, 0), authority.certificates())
                .admin(new InetSocketAddress(loopback, 0))
                .adminToken("only-for-this-test")
                .quickTunnels("quick.localhost")
                .access(AccessSettings.builder(team()).build())
                .build();
        edge.start().toCompletableFuture().join();
        probe = new HttpsProbe(authority.certificate(), port);
    }

    String team() {
        return "team.localhost:" + port;
    }

    String connectors() {
        return "localhost:" + edge.connectorsAddress().getPort();
    }

    /** Makes a tunnel that the names lead to, and returns its token. */
    String token(String... names) {
        TunnelCredentials credentials = edge.tunnels().create("example");
        for (String name : names) {
            edge.routes().add(name, credentials);
        }
        return credentials.toToken();
    }

    /** Serves a name from this JVM, for examples that are clients. */
    TunnelConnector serve(String name, Origin origin) {
        TunnelConnector connector = TunnelConnector.builder(TunnelCredentials.fromToken(token(name)))
                .edge(connectors())
                .edgeCa(authority.certificate())
                .haConnections(1)
                .ingress(Ingress.of(origin))
                .build();
        connector.start().toCompletableFuture().join();
        return connector;
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        edge.close();
    }

    /** A TCP service that serves one connection after the other, and ends each when it is done. */
    static class TcpService implements AutoCloseable {
        /** What it does with a connection. */
        interface Conversation {
            void with(Socket socket) throws IOException;
        }

        private final ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        private final Conversation conversation;

        TcpService(Conversation conversation) throws IOException {
            this.conversation = conversation;
            Thread thread = new Thread(this::serve, "tcp-service");
            thread.setDaemon(true);
            thread.start();
        }

        int port() {
            return listener.getLocalPort();
        }

        private void serve() {
            while (!listener.isClosed()) {
                try (Socket socket = listener.accept()) {
                    conversation.with(socket);
                } catch (IOException closed) {
                    // The next accept tells whether it was the listener.
                }
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }

    /** Says one line to each who connects. */
    static final class Greeter extends TcpService {
        static final String LINE = "hello over TCP\n";

        Greeter() throws IOException {
            super(socket -> socket.getOutputStream().write(LINE.getBytes(US_ASCII)));
        }
    }

    /** An HTTP service with one page. */
    static HttpServer page(String text) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, text.length());
            exchange.getResponseBody().write(text.getBytes(US_ASCII));
            exchange.close();
        });
        server.start();
        return server;
    }
}
