package io.tunnel4j.mux;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.testing.LeakCheck;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Windows follow bandwidth × round trip: one stream reaches nearly what one TCP connection reaches on the same long link.
 *
 * <p>The link is a relay. It acknowledges at once, so that the TCP connection compared with has no slow start of its own; transfers of some
 * seconds keep ours from deciding the outcome.
 */
@ExtendWith(LeakCheck.class)
class WindowGrowthTest {
    private static final Logger log = LoggerFactory.getLogger(WindowGrowthTest.class);
    private static final long BYTES_PER_SECOND = 20_000_000;
    private static final int CHUNK = 16_384;
    private static final double SHARE = 0.8;

    private static MuxConfig config(Role role, int maxWindowBytes) {
        return MuxConfig.builder(role).maxWindowBytes(maxWindowBytes).build();
    }

    @Tag("soak")
    @ParameterizedTest
    @CsvSource({"20, 60", "100, 100", "200, 120"})
    void transfer_longLink_reachesFourFifthsOfTcp(int roundTripMillis, int megabytes) throws Exception {
        int bytes = megabytes * 1_000_000;
        Duration roundTrip = Duration.ofMillis(roundTripMillis);
        double tcp = tcpNanos(roundTrip, bytes);

        // Client to server is an eyeball's upload, server to client its download; both sides grow their own windows.
        double up = muxNanos(roundTrip, bytes, true, MuxConfig.DEFAULT_MAX_WINDOW_BYTES);
        double down = muxNanos(roundTrip, bytes, false, MuxConfig.DEFAULT_MAX_WINDOW_BYTES);

        log.info(
                "round trip {} ms: TCP {} MB/s, upload {} of it, download {} of it",
                roundTripMillis,
                bytes * 1000.0 / tcp,
                tcp / up,
                tcp / down);
        assertThat(tcp / up).as("upload's share of TCP").isGreaterThanOrEqualTo(SHARE);
        assertThat(tcp / down).as("download's share of TCP").isGreaterThanOrEqualTo(SHARE);
    }

    @Test
    void upload_longLink_growingWindowsBeatFixedOnes() throws Exception {
        Duration roundTrip = Duration.ofMillis(200);
        int bytes = 20_000_000;

        double fixed = muxNanos(roundTrip, bytes, true, MuxConfig.DEFAULT_STREAM_WINDOW_BYTES);
        double growing = muxNanos(roundTrip, bytes, true, MuxConfig.DEFAULT_MAX_WINDOW_BYTES);

        assertThat(fixed / growing).isGreaterThan(1.3);
    }

    /** As the edge's public side has it: a connection's window has room for several streams, and one of them alone must be seen to need more. */
    @Test
    void upload_oneStreamOfAWideConnection_growsBeyondTheStreamsWindow() throws Exception {
        Duration roundTrip = Duration.ofMillis(100);
        int bytes = 20_000_000;
        int streamWindow = 256 << 10;
        MuxConfig server = MuxConfig.builder(Role.SERVER)
                .streamWindowBytes(streamWindow)
                .connectionWindowBytes(1 << 20)
                .maxWindowBytes(4 << 20)
                .build();

        double growing = muxNanos(roundTrip, bytes, true, 1 << 20, server);

        double oneWindowPerRoundTrip = (double) bytes / streamWindow * roundTrip.toNanos();
        assertThat(oneWindowPerRoundTrip / growing).isGreaterThan(2);
    }

    private static double tcpNanos(Duration roundTrip, int bytes) throws Exception {
        try (DelayedLink link = new DelayedLink(roundTrip, BYTES_PER_SECOND);
                ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress via = (InetSocketAddress)
                    link.to(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()));
            CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> {
                try (Socket socket = server.accept()) {
                    socket.getInputStream().read();
                    OutputStream out = socket.getOutputStream();
                    byte[] chunk = new byte[CHUNK];
                    for (int left = bytes; left > 0; left -= CHUNK) {
                        out.write(chunk, 0, Math.min(CHUNK, left));
                    }
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            try (Socket socket = new Socket(via.getAddress(), via.getPort())) {
                long start = System.nanoTime();
                socket.getOutputStream().write(1);
                InputStream in = socket.getInputStream();
                byte[] chunk = new byte[65_536];
                int read = 0;
                for (int left = bytes; left > 0 && read >= 0; left -= read) {
                    read = in.read(chunk);
                }
                assertThat(read).isPositive();
                sender.get(10, TimeUnit.SECONDS);
                return System.nanoTime() - start;
            }
        }
    }

    private static double muxNanos(Duration roundTrip, int bytes, boolean upload, int maxWindowBytes) throws Exception {
        return muxNanos(roundTrip, bytes, upload, maxWindowBytes, config(Role.SERVER, maxWindowBytes));
    }

    private static double muxNanos(
            Duration roundTrip, int bytes, boolean upload, int maxWindowBytes, MuxConfig serverConfig)
            throws Exception {
        CompletableFuture<Void> received = new CompletableFuture<>();
        try (DelayedLink link = new DelayedLink(roundTrip, BYTES_PER_SECOND);
                MuxPair pair = new MuxPair(
                        config(Role.CLIENT, maxWindowBytes),
                        serverConfig,
                        (stream, head, end) -> {
                            if (upload) {
                                return new Receiver(bytes, received);
                            }
                            Sender sender = new Sender(bytes);
                            stream.writeHead(new DefaultHttp2Headers().status("200"), false);
                            sender.writabilityChanged(stream);
                            return sender;
                        },
                        link::to)) {
            long start = System.nanoTime();
            pair.onClient(client -> {
                Http2Headers head = new DefaultHttp2Headers()
                        .method("POST")
                        .scheme("https")
                        .authority("a")
                        .path("/");
                Sender sender = new Sender(bytes);
                MuxStream stream = client.open(head, !upload, upload ? sender : new Receiver(bytes, received));
                if (upload) {
                    sender.writabilityChanged(stream);
                }
                stream.flush();
                return null;
            });
            received.get(60, TimeUnit.SECONDS);
            return System.nanoTime() - start;
        }
    }

    /** Writes as long as the stream is writable. */
    private static final class Sender extends MuxPair.RecordingListener {
        private int left;

        Sender(int bytes) {
            left = bytes;
        }

        @Override
        public void writabilityChanged(MuxStream stream) {
            while (left > 0 && stream.isWritable()) {
                int n = Math.min(CHUNK, left);
                left -= n;
                stream.writeData(Unpooled.wrappedBuffer(new byte[n]), left == 0);
            }
            stream.flush();
        }
    }

    private static final class Receiver extends MuxPair.RecordingListener {
        private final CompletableFuture<Void> done;
        private int left;

        Receiver(int bytes, CompletableFuture<Void> done) {
            left = bytes;
            this.done = done;
        }

        @Override
        public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
            left -= data.readableBytes();
            super.data(stream, data, endOfStream);
            if (left == 0) {
                done.complete(null);
            }
        }

        @Override
        public void reset(MuxStream stream, StreamException cause) {
            done.completeExceptionally(cause);
        }
    }
}
