package io.tunnel4j.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.testing.LeakCheck;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sockets and pipes without a local port, through a scripted edge. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class AccessSocketTest {
    private static final ScriptedEdge.Script ECHO = peer -> {
        peer.upgrade();
        peer.echo();
    };

    @Test
    void socket_echo_bytesComeBackAndHalfCloseTravels() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(ECHO);
                AccessConnector connector = connector(edge);
                Socket socket = connector.connect(target(edge))) {
            socket.getOutputStream().write(bytes("hello"));
            socket.shutdownOutput();

            assertThat(socket.getInputStream().readAllBytes()).isEqualTo(bytes("hello"));
            assertThat(socket.isOutputShutdown()).isTrue();
        }
    }

    @Test
    void socket_nameNotInDns_namesTheApplication() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(ECHO);
                AccessConnector connector = connector(edge)) {
            SocketFactory factory = connector.socketFactory(target(edge));
            try (Socket socket = factory.createSocket("no-such-name.invalid", 5432)) {
                assertThat(socket.isConnected()).isTrue();
                assertThat(socket.getPort()).isEqualTo(5432);
                assertThat(socket.getInetAddress().getHostName()).isEqualTo("no-such-name.invalid");
            }
        }
    }

    @Test
    void socket_readTimeout_staysUsable() throws Exception {
        CountDownLatch timedOut = new CountDownLatch(1);
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    timedOut.await();
                    peer.message(bytes("late"));
                    peer.echo();
                });
                AccessConnector connector = connector(edge);
                Socket socket = connector.connect(target(edge))) {
            socket.setSoTimeout(50);
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            timedOut.countDown();
            socket.setSoTimeout(10_000);

            assertThat(socket.getInputStream().readNBytes(4)).isEqualTo(bytes("late"));
        }
    }

    @Test
    void socket_available_countsWhatArrived() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(ECHO);
                AccessConnector connector = connector(edge);
                Socket socket = connector.connect(target(edge))) {
            assertThat(socket.getInputStream().available()).isZero();

            socket.getOutputStream().write(bytes("seven b"));

            await().until(() -> socket.getInputStream().available() == 7);
        }
    }

    @Test
    void socket_closedByAnotherThread_readerGetsSocketException() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(ECHO);
                AccessConnector connector = connector(edge);
                Socket socket = connector.connect(target(edge))) {
            CompletableFuture<Throwable> reader =
                    failureOf(() -> socket.getInputStream().read());

            socket.close();

            assertThat(reader.get(10, TimeUnit.SECONDS)).isInstanceOf(SocketException.class);
            assertThatThrownBy(() -> socket.getOutputStream()).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void socket_readerInterrupted_closes() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(ECHO);
                AccessConnector connector = connector(edge);
                Socket socket = connector.connect(target(edge))) {
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            Thread reader = new Thread(() -> {
                try {
                    socket.getInputStream().read();
                } catch (IOException e) {
                    failure.complete(Thread.currentThread().isInterrupted() ? e : new AssertionError("flag lost"));
                }
            });
            reader.start();

            reader.interrupt();

            assertThat(failure.get(10, TimeUnit.SECONDS))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("interrupt");
        }
    }

    @Test
    void socket_closedWithBytesWritten_theyStillArrive() throws Exception {
        byte[] data = new byte[1 << 20];
        new Random(1).nextBytes(data);
        CompletableFuture<byte[]> received = new CompletableFuture<>();
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    ByteArrayOutputStream all = new ByteArrayOutputStream();
                    ScriptedEdge.Frame frame = peer.read();
                    while (frame.opcode() == 2) {
                        assertThat(frame.payload().length).isLessThanOrEqualTo(16_384);
                        assertThat(frame.masked()).isTrue();
                        all.writeBytes(frame.payload());
                        frame = peer.read();
                    }
                    assertThat(frame.code()).isEqualTo(1000);
                    received.complete(all.toByteArray());
                });
                AccessConnector connector = connector(edge)) {
            try (Socket socket = connector.connect(target(edge))) {
                socket.getOutputStream().write(data);
            }

            assertThat(received.get(20, TimeUnit.SECONDS)).isEqualTo(data);
            assertThat(edge.failures()).isEmpty();
        }
    }

    @Test
    void socket_slowEdge_writerWaitsAndMemoryIsBounded() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    read.await();
                    peer.echo();
                });
                AccessConnector connector = connector(edge);
                Socket socket = connector.connect(target(edge))) {
            int megabytes = 64;
            CompletableFuture<Integer> written = new CompletableFuture<>();
            java.util.concurrent.atomic.AtomicInteger progress = new java.util.concurrent.atomic.AtomicInteger();
            Thread writer = new Thread(() -> {
                try {
                    for (int i = 0; i < megabytes; i++) {
                        socket.getOutputStream().write(new byte[1 << 20]);
                        progress.incrementAndGet();
                    }
                    written.complete(megabytes);
                } catch (IOException e) {
                    written.completeExceptionally(e);
                }
            });
            writer.start();
            await().pollDelay(1, TimeUnit.SECONDS).until(() -> progress.get() < 32);
            assertThat(written).isNotDone();

            read.countDown();
            socket.getInputStream().readNBytes(megabytes << 20);

            assertThat(written.get(30, TimeUnit.SECONDS)).isEqualTo(megabytes);
        }
    }

    @Test
    void socket_edgeBreaks_resetNotEnd() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    peer.send((byte) 0x82, (byte) 5, (byte) 'x');
                });
                AccessConnector connector = connector(edge);
                Socket socket = connector.connect(target(edge))) {
            assertThat(socket.getInputStream().read()).isEqualTo('x');
            assertThatThrownBy(() -> socket.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasCauseInstanceOf(TunnelException.class);
        }
    }

    @Test
    void connect_noAnswerInTime_socketTimeout() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> peer.read());
                AccessConnector connector = connector(edge);
                Socket socket = connector.socketFactory(target(edge)).createSocket()) {
            assertThatThrownBy(() -> socket.connect(InetSocketAddress.createUnresolved("db", 1), 300))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void connect_refused_causeSaysWhy() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> peer.answer("HTTP/1.1 403 No\nContent-Length: 0\n\n"));
                AccessConnector connector = connector(edge)) {
            assertThatThrownBy(() -> connector.connect(target(edge)))
                    .isInstanceOf(ConnectException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            TunnelException.class, e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.NOT_AUTHORIZED));
        }
    }

    @Test
    void socket_closedAfterItsConnector_doesNotThrow() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(ECHO)) {
            AccessConnector connector = connector(edge);
            Socket socket = connector.connect(target(edge));
            connector.close();

            socket.close();

            assertThat(socket.isClosed()).isTrue();
        }
    }

    @Test
    void socket_tlsOnTop_checksTheInnerName() throws Exception {
        X509Bundle inner = new CertificateBuilder()
                .subject("CN=db")
                .addSanDnsName("db.internal.test")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        try (TlsEcho origin = new TlsEcho(inner);
                ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    peer.relayTo(origin.port());
                });
                AccessConnector connector = connector(edge);
                Socket plain = connector.connect(target(edge))) {
            SSLSocket tls = tlsOnTop(plain, "db.internal.test", inner);

            tls.getOutputStream().write(bytes("secret"));

            assertThat(tls.getInputStream().readNBytes(6)).isEqualTo(bytes("secret"));
            tls.close();
            assertThat(plain.isClosed()).isTrue();
        }
    }

    @Test
    void socket_tlsOnTop_anotherInnerName_isRefused() throws Exception {
        X509Bundle inner = new CertificateBuilder()
                .subject("CN=db")
                .addSanDnsName("db.internal.test")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        try (TlsEcho origin = new TlsEcho(inner);
                ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    peer.relayTo(origin.port());
                });
                AccessConnector connector = connector(edge);
                Socket plain = connector.connect(target(edge))) {
            SSLSocket tls = tlsOnTop(plain, "db.another.test", inner);

            assertThatThrownBy(tls::startHandshake)
                    .isInstanceOf(SSLHandshakeException.class)
                    .hasMessageContaining("db.another.test");
        }
    }

    @Test
    void socket_closedByAnotherThread_blockedWriterGetsSocketException() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    end.await();
                });
                AccessConnector connector = connector(edge);
                Socket socket = connector.connect(target(edge))) {
            Thread[] writing = new Thread[1];
            CompletableFuture<Throwable> writer = failureOf(() -> {
                writing[0] = Thread.currentThread();
                while (true) {
                    socket.getOutputStream().write(new byte[1 << 20]);
                }
            });
            await().until(() -> writing[0] != null && writing[0].getState() == Thread.State.WAITING);

            socket.close();

            assertThat(writer.get(30, TimeUnit.SECONDS)).isInstanceOf(SocketException.class);
            end.countDown();
        }
    }

    @Test
    void connect_closedByAnotherThread_endsWithSocketException() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    asked.countDown();
                    end.await();
                });
                AccessConnector connector = connector(edge);
                Socket socket = connector.socketFactory(target(edge)).createSocket()) {
            CompletableFuture<Throwable> connecting =
                    failureOf(() -> socket.connect(InetSocketAddress.createUnresolved("db", 5432)));
            assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();

            socket.close();

            assertThat(connecting.get(30, TimeUnit.SECONDS)).isInstanceOf(SocketException.class);
            assertThat(socket.isConnected()).isFalse();
            end.countDown();
        }
    }

    @Test
    void pipe_inputEnds_answerIsStillWritten() throws Exception {
        byte[] data = new byte[300_000];
        new Random(2).nextBytes(data);
        try (ScriptedEdge edge = new ScriptedEdge(ECHO);
                AccessConnector connector = connector(edge)) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();

            PipeEnd end = connector.pipe(target(edge), new ByteArrayInputStream(data), out);

            assertThat(end).isEqualTo(PipeEnd.ORDERLY);
            assertThat(out.toByteArray()).isEqualTo(data);
        }
    }

    @Test
    void pipe_applicationEndsWhileInputIsOpen_returnsAtOnce() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    peer.message(bytes("bye"));
                    peer.close(1000, "");
                });
                AccessConnector connector = connector(edge);
                PipedOutputStream neverWritten = new PipedOutputStream();
                PipedInputStream in = new PipedInputStream(neverWritten)) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();

            assertThat(connector.pipe(target(edge), in, out)).isEqualTo(PipeEnd.ORDERLY);
            assertThat(out.toByteArray()).isEqualTo(bytes("bye"));
        }
    }

    @Test
    void pipe_refused_throwsTyped() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> peer.answer("HTTP/1.1 502 No\nContent-Length: 0\n\n"));
                AccessConnector connector = connector(edge)) {
            assertThatThrownBy(() -> connector.pipe(
                            target(edge), new ByteArrayInputStream(new byte[0]), new ByteArrayOutputStream()))
                    .isInstanceOfSatisfying(
                            TunnelException.class,
                            e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.ORIGIN_UNREACHABLE));
        }
    }

    private static AccessConnector connector(ScriptedEdge edge) {
        return AccessConnector.builder().caPool(edge.root()).onlyCaPool().build();
    }

    private static AccessTarget target(ScriptedEdge edge) {
        return AccessTarget.builder("db.example.test").connectTo(edge.address()).build();
    }

    /** TLS between the ends, as a driver lays it over the socket: it checks the certificate for the name it knows. */
    private static SSLSocket tlsOnTop(Socket plain, String name, X509Bundle trusted) throws Exception {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
        roots.load(null, null);
        roots.setCertificateEntry("root", trusted.getRootCertificate());
        trust.init(roots);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(plain, name, 5432, true);
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        tls.setSSLParameters(parameters);
        return tls;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static CompletableFuture<Throwable> failureOf(org.junit.jupiter.api.function.Executable call) {
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                call.execute();
                failure.completeExceptionally(new AssertionError("no exception"));
            } catch (Throwable e) {
                failure.complete(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return failure;
    }

    /** A TLS service behind the edge that sends everything back. */
    private static final class TlsEcho implements AutoCloseable {
        private final javax.net.ssl.SSLServerSocket server;

        TlsEcho(X509Bundle certificate) throws Exception {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(certificate.toKeyStore("secret".toCharArray()), "secret".toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            server = (javax.net.ssl.SSLServerSocket) context.getServerSocketFactory()
                    .createServerSocket(0, 8, java.net.InetAddress.getLoopbackAddress());
            Thread thread = new Thread(() -> {
                try (Socket socket = server.accept()) {
                    socket.getInputStream().transferTo(socket.getOutputStream());
                } catch (IOException e) {
                    // The test has ended.
                }
            });
            thread.setDaemon(true);
            thread.start();
        }

        int port() {
            return server.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }
}
