package io.tunnel4j.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tunnel4j.testing.LeakCheck;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Much data, many connections, slow ends. */
@ExtendWith(LeakCheck.class)
@Timeout(120)
class RelayLoadTest {
    private static final int BULK_BYTES = 100 << 20;

    @Test
    void forwarder_bulkBothWaysAtOnce_everyByteArrives() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    peer.echo();
                });
                AccessTcpForwarder forwarder = forwarder(edge).build().start();
                Socket socket = connect(forwarder)) {
            CompletableFuture<byte[]> sent = new CompletableFuture<>();
            Thread writer = new Thread(() -> {
                try {
                    sent.complete(writeRandom(socket.getOutputStream(), BULK_BYTES));
                    socket.shutdownOutput();
                } catch (IOException e) {
                    sent.completeExceptionally(e);
                }
            });
            writer.setDaemon(true);
            writer.start();

            MessageDigest received = sha256();
            long bytes = 0;
            byte[] buffer = new byte[64 << 10];
            InputStream in = socket.getInputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                received.update(buffer, 0, n);
                bytes += n;
            }

            assertThat(bytes).isEqualTo(BULK_BYTES);
            assertThat(received.digest()).isEqualTo(sent.get(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void forwarder_twoHundredConnections_eachGetsItsOwn() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    peer.echo();
                });
                AccessTcpForwarder forwarder = forwarder(edge).build().start()) {
            List<Socket> sockets = new ArrayList<>();
            try {
                for (int i = 0; i < 200; i++) {
                    sockets.add(connect(forwarder));
                }
                for (int i = 0; i < 200; i++) {
                    sockets.get(i).getOutputStream().write(("connection " + i + "\n").getBytes(StandardCharsets.UTF_8));
                }
                for (int i = 0; i < 200; i++) {
                    byte[] expected = ("connection " + i + "\n").getBytes(StandardCharsets.UTF_8);
                    assertThat(sockets.get(i).getInputStream().readNBytes(expected.length))
                            .isEqualTo(expected);
                }
                assertThat(forwarder.openConnections()).isEqualTo(200);
            } finally {
                for (Socket socket : sockets) {
                    socket.close();
                }
            }
            await().atMost(20, TimeUnit.SECONDS).until(() -> forwarder.openConnections() == 0);
        }
    }

    /** What the edge could send is bounded by the marks and socket buffers in between, some megabytes, not by what it has. */
    @Test
    void forwarder_slowLocalReader_edgeIsHeldBack() throws Exception {
        AtomicLong sent = new AtomicLong();
        CountDownLatch done = new CountDownLatch(1);
        int messages = 4096;
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    byte[] message = new byte[16_384];
                    for (int i = 0; i < messages; i++) {
                        peer.message(message);
                        sent.addAndGet(message.length);
                    }
                    peer.close(1000, "");
                    done.countDown();
                });
                AccessTcpForwarder forwarder = forwarder(edge).build().start();
                Socket socket = connect(forwarder)) {
            assertThat(socket.getInputStream().read()).isZero();
            AtomicLong last = new AtomicLong(-1);
            await().pollInterval(500, TimeUnit.MILLISECONDS).until(() -> last.getAndSet(sent.get()) == sent.get());
            assertThat(done.getCount()).isEqualTo(1);
            assertThat(sent.get()).isLessThan(24L << 20);

            assertThat(socket.getInputStream().readAllBytes()).hasSize(messages * 16_384 - 1);
        }
    }

    @Test
    void forwarder_slowEdge_localWriterIsHeldBack() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    read.await();
                    peer.echo();
                });
                AccessTcpForwarder forwarder = forwarder(edge).build().start();
                Socket socket = connect(forwarder)) {
            AtomicLong written = new AtomicLong();
            Thread writer = new Thread(() -> {
                byte[] chunk = new byte[64 << 10];
                try {
                    while (written.get() < 64 << 20) {
                        socket.getOutputStream().write(chunk);
                        written.addAndGet(chunk.length);
                    }
                    socket.shutdownOutput();
                } catch (IOException e) {
                    // The reader below misses the bytes.
                }
            });
            writer.setDaemon(true);
            writer.start();
            AtomicLong last = new AtomicLong(-1);
            await().pollInterval(500, TimeUnit.MILLISECONDS)
                    .until(() -> last.getAndSet(written.get()) == written.get());
            assertThat(written.get()).isLessThan(24L << 20);

            read.countDown();

            assertThat(socket.getInputStream().readAllBytes()).hasSize(64 << 20);
        }
    }

    @Test
    void forwarder_unixSocket_carriesBytesAndIsRemoved(@TempDir Path directory) throws Exception {
        Path path = directory.resolve("db.sock");
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    peer.echo();
                });
                AccessTcpForwarder forwarder =
                        forwarder(edge).listen(path).build().start();
                SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.connect(UnixDomainSocketAddress.of(path));
            socket.write(StandardCharsets.UTF_8.encode("unix"));
            ByteBuffer answer = ByteBuffer.allocate(16);
            while (answer.position() < 4) {
                assertThat(socket.read(answer)).isPositive();
            }
            assertThat(StandardCharsets.UTF_8.decode(answer.flip()).toString()).isEqualTo("unix");
            assertThat(forwarder.address(0)).isEqualTo(UnixDomainSocketAddress.of(path));
        }
        assertThat(Files.exists(path)).isFalse();
    }

    @Test
    void drain_openConnection_mayFinishAndNoneIsAccepted() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    peer.echo();
                });
                AccessTcpForwarder forwarder = forwarder(edge).build().start();
                Socket socket = connect(forwarder)) {
            socket.getOutputStream().write('a');
            assertThat(socket.getInputStream().read()).isEqualTo('a');
            int port = forwarder.port();

            CompletableFuture<Integer> drained =
                    forwarder.drain(java.time.Duration.ofSeconds(30)).toCompletableFuture();

            await().untilAsserted(() -> org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> new Socket(InetAddress.getLoopbackAddress(), port))
                    .isInstanceOf(IOException.class));
            socket.getOutputStream().write('b');
            assertThat(socket.getInputStream().read()).isEqualTo('b');
            assertThat(drained).isNotDone();
            socket.close();
            assertThat(drained.get(10, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void drain_connectionThatStays_isCutAtTheDeadlineAndCounted() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    peer.echo();
                });
                AccessTcpForwarder forwarder = forwarder(edge).build().start();
                Socket socket = connect(forwarder)) {
            socket.getOutputStream().write('a');
            assertThat(socket.getInputStream().read()).isEqualTo('a');

            assertThat(forwarder
                            .drain(java.time.Duration.ofMillis(100))
                            .toCompletableFuture()
                            .get(10, TimeUnit.SECONDS))
                    .isEqualTo(1);
        }
    }

    private static AccessTcpForwarder.Builder forwarder(ScriptedEdge edge) {
        return AccessTcpForwarder.builder("db.example.test")
                .connectTo(edge.address())
                .caPool(edge.root());
    }

    private static Socket connect(AccessTcpForwarder forwarder) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), forwarder.port());
        socket.setSoTimeout(60_000);
        return socket;
    }

    private static byte[] writeRandom(OutputStream out, int bytes) throws IOException {
        MessageDigest digest = sha256();
        Random random = new Random(5);
        byte[] chunk = new byte[50_000];
        for (int left = bytes; left > 0; left -= chunk.length) {
            random.nextBytes(chunk);
            int n = Math.min(left, chunk.length);
            digest.update(chunk, 0, n);
            out.write(chunk, 0, n);
        }
        return digest.digest();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
