package io.tunnel4j.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a connection to a protected application costs when the token is at hand, beside the reference's three requests. */
@Timeout(300)
class ConnectionSetupTest {
    private static final String APP = "app.example.test";
    private static final String TOKEN = "the-cached-token";

    private final List<String> requests = new CopyOnWriteArrayList<>();

    private void serve(ScriptedEdge.Peer peer) throws Exception {
        requests.add(peer.head().lines().findFirst().orElseThrow());
        if (TOKEN.equals(peer.field("Cf-Access-Token"))) {
            peer.upgrade();
            peer.message("ready".getBytes(StandardCharsets.US_ASCII));
            peer.echo();
        } else if (peer.field("Cf-Access-Metadata-Request") != null) {
            peer.answer("HTTP/1.1 200 OK\nCf-Access-Metadata: signed\nContent-Length: 0\n\n");
        } else {
            peer.redirectToLogin();
        }
    }

    @Test
    void connection_cachedToken_isOneHttpExchange() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(this::serve);
                AccessConnector connector = connector(edge)) {
            connectOnce(connector, edge.address());

            assertThat(requests).containsExactly("GET / HTTP/1.1");
        }
    }

    @Test
    @Tag("soak")
    void connection_overALinkOf40Milliseconds_oneExchangeBesideThree() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(this::serve);
                SlowLink link = new SlowLink(edge.address(), 20);
                AccessConnector connector = connector(edge)) {
            SSLContext trust = trusting(edge);
            long[] ours = new long[20];
            long[] theirs = new long[20];
            for (int i = 0; i < ours.length; i++) {
                long start = System.nanoTime();
                connectOnce(connector, link.address());
                ours[i] = System.nanoTime() - start;
                start = System.nanoTime();
                connectAsTheReference(trust, link.address());
                theirs[i] = System.nanoTime() - start;
            }
            assertThat(requests).hasSize(4 * ours.length);

            long one = median(ours);
            long three = median(theirs);
            String figure = "connection set-up, cached token, 40 ms round trip: " + one / 1_000_000
                    + " ms with one exchange, " + three / 1_000_000 + " ms with the reference's three";
            org.slf4j.LoggerFactory.getLogger(ConnectionSetupTest.class).warn(figure);
            assertThat(one).describedAs(figure).isLessThan(three / 2);
        }
    }

    private static AccessConnector connector(ScriptedEdge edge) {
        return AccessConnector.builder()
                .caPool(edge.root())
                .onlyCaPool()
                .separateConnections()
                .tokens(new TokenProvider() {
                    @Override
                    public CompletionStage<@Nullable AccessToken> cached(URI application) {
                        return CompletableFuture.completedFuture(AccessToken.of(TOKEN));
                    }

                    @Override
                    public CompletionStage<AccessToken> obtain(URI application, @Nullable AccessToken refused) {
                        return CompletableFuture.failedFuture(new AssertionError("no login is needed"));
                    }
                })
                .build();
    }

    /** Until the first byte of the application. */
    private static void connectOnce(AccessConnector connector, InetSocketAddress address) throws IOException {
        AccessTarget target = AccessTarget.builder(APP).connectTo(address).build();
        try (Socket socket = connector.connect(target)) {
            assertThat(socket.getInputStream().read()).isEqualTo('r');
        }
    }

    /** Each request on a TLS connection of its own, as the reference sends them; it keeps none alive for the next. */
    private static void connectAsTheReference(SSLContext trust, InetSocketAddress address) throws IOException {
        String upgrade = "GET / HTTP/1.1\r\nHost: " + APP + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        assertThat(firstLine(trust, address, upgrade + "\r\n")).contains(" 302 ");
        assertThat(firstLine(
                        trust,
                        address,
                        "HEAD / HTTP/1.1\r\nHost: " + APP + "\r\nCf-Access-Metadata-Request: true\r\n\r\n"))
                .contains(" 200 ");
        assertThat(firstLine(trust, address, upgrade + "Cf-Access-Token: " + TOKEN + "\r\n\r\n"))
                .contains(" 101 ");
    }

    private static String firstLine(SSLContext trust, InetSocketAddress address, String request) throws IOException {
        try (SSLSocket socket = (SSLSocket) trust.getSocketFactory()
                .createSocket(new Socket(address.getAddress(), address.getPort()), APP, address.getPort(), true)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            StringBuilder line = new StringBuilder();
            for (int b = socket.getInputStream().read();
                    b >= 0 && b != '\n';
                    b = socket.getInputStream().read()) {
                line.append((char) b);
            }
            return line.toString();
        }
    }

    private static SSLContext trusting(ScriptedEdge edge) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry("edge", edge.root());
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    private static long median(long[] times) {
        return Arrays.stream(times).sorted().toArray()[times.length / 2];
    }

    /** Hands bytes on after a while, both ways. */
    private static final class SlowLink implements AutoCloseable {
        private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
        private final AtomicInteger threads = new AtomicInteger();
        private final long delayMillis;

        SlowLink(InetSocketAddress destination, long delayMillis) throws IOException {
            this.delayMillis = delayMillis;
            start(() -> {
                while (!listener.isClosed()) {
                    Socket near = listener.accept();
                    near.setTcpNoDelay(true);
                    // The far side learns of the connection when its first bytes arrive; TCP's own handshake costs a
                    // round trip.
                    timer.schedule(() -> start(() -> join(near, destination)), 2 * delayMillis, TimeUnit.MILLISECONDS);
                }
            });
        }

        private void join(Socket near, InetSocketAddress destination) throws IOException {
            Socket far = new Socket(destination.getAddress(), destination.getPort());
            far.setTcpNoDelay(true);
            sockets.add(near);
            sockets.add(far);
            start(() -> copy(near, far));
            copy(far, near);
        }

        InetSocketAddress address() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.getLocalPort());
        }

        private void copy(Socket from, Socket to) throws IOException {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[16 << 10];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                byte[] bytes = Arrays.copyOf(buffer, n);
                later(() -> {
                    out.write(bytes);
                    out.flush();
                });
            }
            later(to::close);
        }

        private void later(Step step) {
            timer.schedule(() -> attempt(step), delayMillis, TimeUnit.MILLISECONDS);
        }

        private void start(Step step) {
            Thread thread = new Thread(() -> attempt(step), "slow-link-" + threads.incrementAndGet());
            thread.setDaemon(true);
            thread.start();
        }

        private static void attempt(Step step) {
            try {
                step.run();
            } catch (IOException e) {
                // One side is gone; the other will notice.
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
            timer.shutdownNow();
            for (Socket socket : sockets) {
                socket.close();
            }
        }

        private interface Step {
            void run() throws IOException;
        }
    }
}
