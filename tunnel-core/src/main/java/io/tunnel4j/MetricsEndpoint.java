package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tunnel4j.ingress.LocalConfigurationReport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a connector over HTTP: {@code /metrics} (Prometheus text, names and meanings of cloudflared), {@code /ready}, {@code /healthcheck},
 * {@code /config} and {@code /quicktunnel}.
 *
 * <p>Opt-in, and for loopback or a private network: it asks nobody who they are, and shows hostnames and origin addresses. Thread-safe. Its threads are daemons named
 * {@code tunnel-metrics-…} and end with {@link #close}.
 */
public final class MetricsEndpoint implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MetricsEndpoint.class);
    private static final int FIRST_PORT = 20_241;
    private static final int LAST_PORT = 20_245;
    private static final int THREADS = 2;
    private static final int MAX_WAITING = 64;
    private static final String JSON = "application/json";
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final TunnelConnector connector;
    private final HttpServer server;
    private final ThreadPoolExecutor executor;
    private final @Nullable String quickTunnelHostname;

    private MetricsEndpoint(TunnelConnector connector, HttpServer server, @Nullable String quickTunnelHostname) {
        this.connector = connector;
        this.server = server;
        this.quickTunnelHostname = quickTunnelHostname;
        executor = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(MAX_WAITING),
                new DefaultThreadFactory("tunnel-metrics", true));
        executor.allowCoreThreadTimeOut(true);
        server.setExecutor(executor);
        server.createContext("/", exchange -> answer(exchange));
    }

    /**
     * Starts on an address.
     *
     * @param connector what to show
     * @param address where to listen; port 0 for any free one
     * @return the running endpoint
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} if the address cannot be listened on
     */
    public static MetricsEndpoint start(TunnelConnector connector, InetSocketAddress address) {
        return start(connector, address, null);
    }

    /**
     * Starts on an address, for a quick tunnel.
     *
     * @param connector what to show
     * @param address where to listen; port 0 for any free one
     * @param quickTunnelHostname the tunnel's hostname, or null when it is no quick tunnel
     * @return the running endpoint
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} if the address cannot be listened on
     */
    public static MetricsEndpoint start(
            TunnelConnector connector, InetSocketAddress address, @Nullable String quickTunnelHostname) {
        requireNonNull(connector, "connector");
        try {
            return run(connector, HttpServer.create(address, 0), quickTunnelHostname);
        } catch (IOException e) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    "metrics address " + address + ": cannot listen: " + e.getMessage()
                            + " (expected: a free local address)",
                    e);
        }
    }

    /**
     * Starts on the first free of {@code localhost:20241} to {@code 20245}, or any free port, as cloudflared does.
     *
     * @param connector what to show
     * @param quickTunnelHostname the tunnel's hostname, or null when it is no quick tunnel
     * @return the running endpoint
     */
    public static MetricsEndpoint startOnDefaultPort(TunnelConnector connector, @Nullable String quickTunnelHostname) {
        requireNonNull(connector, "connector");
        for (int port = FIRST_PORT; port <= LAST_PORT; port++) {
            try {
                HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
                return run(connector, server, quickTunnelHostname);
            } catch (IOException e) {
                log.debug("port {} is taken", port, e);
            }
        }
        return start(connector, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), quickTunnelHostname);
    }

    private static MetricsEndpoint run(
            TunnelConnector connector, HttpServer server, @Nullable String quickTunnelHostname) {
        MetricsEndpoint endpoint = new MetricsEndpoint(connector, server, quickTunnelHostname);
        // The server's own thread inherits being a daemon from the thread that starts it.
        Thread starter = new Thread(server::start, "tunnel-metrics-start");
        starter.setDaemon(true);
        starter.start();
        try {
            starter.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return endpoint;
    }

    /**
     * Returns where it listens.
     *
     * @return address and port
     */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            if (!method.equals("GET") && !method.equals("HEAD")) {
                send(exchange, 405, TEXT, "method not allowed\n");
                return;
            }
            switch (exchange.getRequestURI().getPath()) {
                case "/metrics" -> send(exchange, 200, TEXT, MetricsText.write(connector));
                case "/ready" -> ready(exchange);
                case "/healthcheck" -> send(exchange, 200, TEXT, "OK\n");
                case "/config" -> send(exchange, 200, JSON, config());
                case "/quicktunnel" -> quickTunnel(exchange);
                default -> send(exchange, 404, TEXT, "not found\n");
            }
        }
    }

    private void ready(HttpExchange exchange) throws IOException {
        int connections = connector.readyConnections();
        int status = connections > 0 ? 200 : 503;
        JsonObject json = new JsonObject();
        json.addProperty("status", status);
        json.addProperty("readyConnections", connections);
        json.addProperty("connectorId", connector.connectorId().toString());
        send(exchange, status, JSON, json.toString());
    }

    private String config() {
        JsonObject json = new JsonObject();
        json.addProperty("version", connector.configurationVersion());
        json.add("config", JsonParser.parseString(LocalConfigurationReport.write(connector.ingress(), Map.of())));
        return json.toString();
    }

    private void quickTunnel(HttpExchange exchange) throws IOException {
        JsonObject json = new JsonObject();
        json.addProperty("hostname", quickTunnelHostname == null ? "" : quickTunnelHostname);
        send(exchange, 200, JSON, json.toString());
    }

    private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    /** Stops listening and ends its threads. Idempotent. */
    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }
}
